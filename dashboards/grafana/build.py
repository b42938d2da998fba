"""One build and service: where its time goes, and why its results are missed."""

from model import (
    BAD,
    GOOD,
    HIGH_IS_GOOD,
    WARN,
    bars,
    dashboard,
    graph,
    label_variable,
    query,
    stat,
    steps,
    table,
    text_variable,
    window_variable,
)

PROJECT = 'project="$project"'
JOB = 'project="$project",farm_job=~"$farm_job"'


def newest():
    console = [{"title": "Open it in the console", "url": "${console}/", "targetBlank": True}]
    return [
        (
            4,
            4,
            stat(
                "Newest build",
                "Number of the project's build that ended last; `farmctl watch NUMBER` and the console show it in full.",
                "none",
                f"max(farm_project_newest_build{{{PROJECT}}})",
                links=console,
                decimals=0,
            ),
        ),
        (4, 4, stat("It took", "From its submission to its end.", "s", f"max(farm_project_newest_build_seconds{{{PROJECT}}})")),
        (
            4,
            4,
            stat(
                "Over its history",
                "Time of all jobs of the newest build that succeeded, over what their own history predicts. "
                "1: as always. Nothing is shown until jobs with a history ran.",
                "none",
                f"max(farm_project_slowness_ratio{{{PROJECT}}})",
                steps(GOOD, (1.5, WARN), (2, BAD)),
                decimals=2,
            ),
        ),
        (
            4,
            4,
            stat(
                "Builds",
                "Builds of the project that ended in the time range of the dashboard.",
                "short",
                f"sum(increase(farm_project_builds_total{{{PROJECT}}}[$__range]))",
                decimals=0,
            ),
        ),
        (
            4,
            4,
            stat(
                "Succeeded",
                "Share of these that succeeded.",
                "percentunit",
                f'sum(increase(farm_project_builds_total{{{PROJECT},outcome="succeeded"}}[$__range])) / '
                f"sum(increase(farm_project_builds_total{{{PROJECT}}}[$__range]))",
                HIGH_IS_GOOD,
            ),
        ),
        (
            4,
            4,
            stat(
                "Services unchanged",
                "Share of the services of these builds whose image was there already.",
                "percentunit",
                f'sum(increase(farm_service_results_total{{{PROJECT},service=~"$service",result="hit"}}[$__range])) / '
                f'sum(increase(farm_service_results_total{{{PROJECT},service=~"$service"}}[$__range]))',
                HIGH_IS_GOOD,
            ),
        ),
    ]


def time():
    seconds = f"sum by ({{}}) (increase(farm_project_job_seconds_total{{{{{JOB}}}}}[{{}}]))"
    quantile = f"histogram_quantile({{}}, sum by (le) (increase(farm_project_build_seconds_bucket{{{{{PROJECT}}}}}[$window])))"
    return [
        (
            8,
            9,
            bars(
                "Where time goes: phases",
                "Time of the chosen jobs by phase, over the time range of the dashboard.",
                "s",
                seconds.format("phase", "$__range"),
                "{{phase}}",
            ),
        ),
        (
            8,
            9,
            bars(
                "Where time goes: jobs", "The same time by job.", "s", f"topk(20, {seconds.format('farm_job', '$__range')})", "{{farm_job}}"
            ),
        ),
        (
            8,
            9,
            graph(
                "Time of a build",
                "From submission to the end of builds that succeeded: the median, and what nine of ten stay below.",
                "s",
                [query(quantile.format(0.5), "median"), query(quantile.format(0.9), "nine of ten")],
            ),
        ),
        (
            12,
            8,
            graph(
                "Phases over time",
                "Time of the chosen jobs by phase.",
                "s",
                [query(seconds.format("phase", "$window"), "{{phase}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            12,
            8,
            graph(
                "Builds",
                "The project's builds by outcome.",
                "short",
                [query(f"sum by (outcome) (increase(farm_project_builds_total{{{PROJECT}}}[$window]))", "{{outcome}}")],
                bars=True,
                stacked=True,
            ),
        ),
    ]


def misses():
    by = f"sum by ({{}}) (increase(farm_project_job_misses_total{{{{{JOB}}}}}[$__range]))"
    results = f'sum by (service) (increase(farm_service_results_total{{{{{PROJECT},service=~"$service",result="{{}}"}}}}[$__range]))'
    columns = [
        ("Unchanged", results.format("hit"), "short", None),
        ("Built", results.format("built"), "short", None),
        ("Failed", results.format("failed"), "short", steps(GOOD, (1, BAD))),
    ]
    return [
        (
            8,
            9,
            bars(
                "Why misses happen",
                "Jobs of the project that had to run, by what was different since their last result. "
                "`farmctl explain SERVICE` names file, field or digest.",
                "short",
                by.format("cause"),
                "{{cause}}",
            ),
        ),
        (8, 9, bars("Which jobs miss", "The same by job.", "short", f"topk(20, {by.format('farm_job')})", "{{farm_job}}")),
        (
            8,
            9,
            table(
                "Services",
                "How often each service was unchanged, built and failed, over the time range of the dashboard.",
                "short",
                columns,
                "service",
            ),
        ),
        (
            12,
            8,
            graph(
                "Misses over time",
                "Jobs that had to run, by cause.",
                "short",
                [query(f"sum by (cause) (increase(farm_project_job_misses_total{{{JOB}}}[$window]))", "{{cause}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            12,
            8,
            graph(
                "Slower than history",
                "All projects: share of the jobs that took more than twice as long as their own history predicted, over an hour.",
                "percentunit",
                [query("farm:farm_job_slowness:twice_as_slow_ratio_increase1h", "more than twice as long")],
                steps(GOOD, (0.25, WARN), (0.5, BAD)),
                limit=True,
            ),
        ),
    ]


def make(others):
    rows = [("The newest build", newest()), ("Where time goes", time()), ("Why misses happen", misses())]
    variables = [
        label_variable("project", "Project", "farm_project_newest_build", "project"),
        label_variable("service", "Service", f"farm_service_results_total{{{PROJECT}}}", "service", multi=True),
        label_variable("farm_job", "Job", f"farm_project_job_misses_total{{{PROJECT}}}", "farm_job", multi=True),
        window_variable(),
        text_variable("console", "Console", "http://127.0.0.1:7441"),
    ]
    return dashboard(
        "farm-build",
        "farm: build and service",
        "One project's builds: where their time goes and why results are missed.",
        variables,
        rows,
        others,
    )
