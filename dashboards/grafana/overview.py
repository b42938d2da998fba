"""Overview: does the farm work, does its cache hit, does anything wait."""

from model import (
    BAD,
    GOOD,
    HIGH_IS_GOOD,
    ONE_IS_GOOD,
    WARN,
    ZERO_IS_GOOD,
    dashboard,
    graph,
    heatmap,
    label_variable,
    query,
    stat,
    steps,
    window_variable,
)

P99 = "histogram_quantile(0.99, sum by (le) (rate({}_bucket[$__rate_interval])))"


def now():
    return [
        (
            4,
            4,
            stat(
                "Hit rate",
                "Share of the jobs of builds whose result was known already, so that nothing ran. Over the time range of the dashboard.",
                "percentunit",
                'sum(increase(farm_results_total{result="hit",kind=~"$kind"}[$__range])) / '
                'sum(increase(farm_results_total{kind=~"$kind"}[$__range]))',
                HIGH_IS_GOOD,
            ),
        ),
        (4, 4, stat("Builds open", "Builds that have not ended.", "short", "sum(farm_builds_open)")),
        (
            4,
            4,
            stat(
                "Builds failed",
                "Builds that failed, over the time range of the dashboard.",
                "short",
                'sum(increase(farm_builds_total{outcome="failed"}[$__range]))',
                ZERO_IS_GOOD,
                decimals=0,
            ),
        ),
        (
            4,
            4,
            stat(
                "Jobs waiting",
                "Jobs that are ready and have no slot.",
                "short",
                "sum(farm_queue_jobs)",
                steps(GOOD, (10, WARN), (100, BAD)),
            ),
        ),
        (
            4,
            4,
            stat(
                "Longest wait",
                "How long the oldest of them has been waiting.",
                "s",
                "max(farm_queue_oldest_seconds)",
                steps(GOOD, (300, WARN), (900, BAD)),
            ),
        ),
        (4, 4, stat("Agents up", "Agents that take jobs.", "short", 'sum(farm_agents{state="up"})', ONE_IS_GOOD)),
    ]


def builds():
    quantile = 'histogram_quantile({}, sum by (le) (increase(farm_build_seconds_bucket{{outcome="succeeded"}}[$window])))'
    return [
        (
            8,
            8,
            graph(
                "Builds ended",
                "Builds by outcome, counted over the chosen window.",
                "short",
                [query("sum by (outcome) (increase(farm_builds_total[$window]))", "{{outcome}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Time of a build",
                "From submission to the end of builds that succeeded: the median, and what nine of ten stay below.",
                "s",
                [query(quantile.format(0.5), "median"), query(quantile.format(0.9), "nine of ten")],
            ),
        ),
        (
            8,
            8,
            heatmap("Builds by time", "How many builds took how long.", "s", "sum by (le) (increase(farm_build_seconds_bucket[$window]))"),
        ),
    ]


def caches():
    return [
        (
            8,
            8,
            graph(
                "Hit rate by kind",
                "Hits of the result cache over its lookups. Kind deps is the layer of dependencies.",
                "percentunit",
                [
                    query(
                        'sum by (kind) (increase(farm_results_total{result="hit",kind=~"$kind"}[$window])) / '
                        'sum by (kind) (increase(farm_results_total{kind=~"$kind"}[$window]))',
                        "{{kind}}",
                    )
                ],
                HIGH_IS_GOOD,
            ),
        ),
        (
            8,
            8,
            graph(
                "Why misses happen",
                "Misses of the result cache by what was different since the last result of the same job.",
                "short",
                [query('sum by (cause) (increase(farm_result_misses_total{kind=~"$kind"}[$window]))', "{{cause}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Steps answered by BuildKit's cache",
                "Of the Dockerfile steps of jobs that did run: the share that BuildKit had in its cache.",
                "percentunit",
                [
                    query(
                        'sum by (kind) (increase(farm_steps_total{result="cached",kind=~"$kind"}[$window])) / '
                        'sum by (kind) (increase(farm_steps_total{kind=~"$kind"}[$window]))',
                        "{{kind}}",
                    )
                ],
            ),
        ),
    ]


def queue_and_fleet():
    return [
        (
            8,
            8,
            graph(
                "Queue",
                "Jobs that are ready and have no slot.",
                "short",
                [query("sum(farm_queue_jobs)", "waiting"), query("sum(farm_slots_busy)", "running")],
            ),
        ),
        (
            8,
            8,
            graph(
                "Slots",
                "Slots of the agents that are up, and those in use.",
                "short",
                [query("sum(farm_slots)", "slots"), query("sum(farm_slots_busy)", "in use")],
            ),
        ),
        (8, 8, graph("Agents", "Agents by state.", "short", [query("sum by (state) (farm_agents)", "{{state}}")], stacked=True)),
        (
            8,
            8,
            graph(
                "Jobs ended",
                "Jobs by outcome.",
                "short",
                [query('sum by (outcome) (increase(farm_jobs_total{kind=~"$kind"}[$window]))', "{{outcome}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Where time goes",
                "Time of all jobs that ran, by phase.",
                "s",
                [query('sum by (phase) (increase(farm_job_phase_seconds_sum{kind=~"$kind"}[$window]))', "{{phase}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Retries and losses",
                "Attempts that failed for the farm's own reasons, by cause, and agents that were lost.",
                "short",
                [
                    query("sum by (cause) (increase(farm_retries_total[$window]))", "{{cause}}"),
                    query("sum(increase(farm_agents_lost_total[$window]))", "agents lost"),
                ],
                bars=True,
            ),
        ),
    ]


def coordinator():
    return [
        (4, 8, stat("Registry", "1 where the registry answered the last ping.", "bool_yes_no", "min(farm_registry_up)", ONE_IS_GOOD)),
        (
            4,
            8,
            stat(
                "Version",
                "Coordinators by version; the name of the value is the version.",
                "short",
                'sum by (version) (farm_build_info{program="coordinator"})',
            ),
        ),
        (
            8,
            8,
            graph(
                "Latencies",
                "What 99 of 100 stay below: a step of the scheduler, the loop's lag behind its tick, a durable write.",
                "s",
                [
                    query(P99.format("farm_step_seconds"), "scheduler step"),
                    query(P99.format("farm_loop_lag_seconds"), "loop lag"),
                    query(P99.format("farm_store_write_seconds"), "store write"),
                ],
                steps(GOOD, (0.1, WARN), (1, BAD)),
                limit=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Calls to the registry",
                "What 99 of 100 stay below, by call; and how many wait or run.",
                "s",
                [
                    query(
                        "histogram_quantile(0.99, sum by (call, le) (rate(farm_registry_call_seconds_bucket[$__rate_interval])))",
                        "{{call}}",
                    )
                ],
            ),
        ),
        (
            8,
            8,
            graph(
                "Memory",
                "Resident memory of coordinators and agents.",
                "bytes",
                [query("process_resident_memory_bytes", "{{job}} {{instance}}")],
            ),
        ),
        (
            8,
            8,
            graph(
                "Processor",
                "Cores in use by coordinators and agents; builds themselves run in BuildKit.",
                "short",
                [query("rate(process_cpu_seconds_total[$__rate_interval])", "{{job}} {{instance}}")],
            ),
        ),
        (
            8,
            8,
            graph(
                "Turned away",
                "Submissions and messages that were refused, connections with unknown keys, HTTP requests that were denied.",
                "short",
                [
                    query("sum by (cause) (increase(farm_submissions_refused_total[$window]))", "submission: {{cause}}"),
                    query("sum by (cause) (increase(farm_messages_refused_total[$window]))", "message: {{cause}}"),
                    query("sum(increase(farm_keys_rejected_total[$window]))", "unknown key"),
                    query("sum by (cause) (increase(farm_http_denied_total[$window]))", "HTTP: {{cause}}"),
                ],
                bars=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Records",
                "RocksDB: tables on disk, records not in tables yet, and what compaction still has to write.",
                "bytes",
                [
                    query("farm_store_bytes", "tables"),
                    query("farm_store_memtable_bytes", "in memory"),
                    query("farm_store_cache_bytes", "block cache"),
                    query("farm_store_pending_compaction_bytes", "to compact"),
                ],
            ),
        ),
        (
            8,
            8,
            graph(
                "Trouble of the store",
                "RocksDB: errors in the background, writes held back, compactions that run.",
                "short",
                [
                    query("farm_store_background_errors", "errors"),
                    query("farm_store_write_stopped", "writes held back"),
                    query("farm_store_compactions_running", "compactions"),
                ],
                ZERO_IS_GOOD,
            ),
        ),
        (
            8,
            8,
            graph(
                "Open files and watchers",
                "File descriptors of each process, long polls that wait, calls to the registry that wait or run.",
                "short",
                [
                    query("process_open_fds", "files of {{job}} {{instance}}"),
                    query("farm_watchers", "watchers"),
                    query("farm_registry_calls_waiting", "registry calls"),
                ],
            ),
        ),
    ]


def make(others):
    rows = [
        ("Now", now()),
        ("Builds", builds()),
        ("Caches", caches()),
        ("Queue and fleet", queue_and_fleet()),
        ("Coordinator", coordinator()),
    ]
    variables = [label_variable("kind", "Kind of job", "farm_results_total", "kind", multi=True), window_variable()]
    return dashboard("farm-overview", "farm: overview", "Builds, hit rates, queue and fleet at one glance.", variables, rows, others)
