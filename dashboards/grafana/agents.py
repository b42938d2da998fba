"""Agents: which are there, what they do, and what limits them."""

from model import (
    BAD,
    GOOD,
    HIGH_IS_BAD,
    HIGH_IS_GOOD,
    ONE_IS_GOOD,
    WARN,
    dashboard,
    graph,
    label_variable,
    link_to,
    query,
    stat,
    steps,
    table,
    window_variable,
)

AGENT = 'agent=~"$agent"'
LOW_IS_BAD = steps(BAD, (0.05, WARN), (0.15, GOOD))


def fleet():
    columns = [
        ("Up", f"max by (agent) (farm_agent_up{{{AGENT}}})", "bool_yes_no", ONE_IS_GOOD),
        ("Last heard", f"max by (agent) (farm_agent_heartbeat_age_seconds{{{AGENT}}})", "s", steps(GOOD, (3, WARN), (5, BAD))),
        ("Jobs", f"max by (agent) (farm_agent_assigned_jobs{{{AGENT}}})", "short", None),
        ("Slots", f"max by (agent) (farm_agent_slots{{{AGENT}}})", "short", None),
        ("Slowness", f"max by (agent) (farm_agent_slowness_ratio{{{AGENT}}})", "none", steps(GOOD, (1.5, WARN), (2.5, BAD))),
        (
            "Disk free",
            f"min by (agent) (farm_agent_disk_free_bytes{{{AGENT}}} / farm_agent_disk_total_bytes{{{AGENT}}})",
            "percentunit",
            LOW_IS_BAD,
        ),
        (
            "Memory free",
            f"min by (agent) (farm_agent_memory_available_bytes{{{AGENT}}} / farm_agent_memory_total_bytes{{{AGENT}}})",
            "percentunit",
            LOW_IS_BAD,
        ),
        ("Load", f"max by (agent) (farm_agent_load_ratio{{{AGENT}}})", "percentunit", None),
    ]
    return [
        (4, 4, stat("Agents up", "Agents that take jobs.", "short", 'sum(farm_agents{state="up"})', ONE_IS_GOOD)),
        (
            4,
            4,
            stat(
                "Lost",
                "Times that an agent was lost, over the time range of the dashboard.",
                "short",
                "sum(increase(farm_agents_lost_total[$__range]))",
                steps(GOOD, (1, WARN)),
                decimals=0,
            ),
        ),
        (4, 4, stat("Slots in use", "Of the slots of agents that are up.", "percentunit", "sum(farm_slots_busy) / sum(farm_slots)")),
        (
            4,
            4,
            stat(
                "Least free disk",
                "Of all chosen agents, the one with the smallest share of free disk.",
                "percentunit",
                f"min(farm_agent_disk_free_bytes{{{AGENT}}} / farm_agent_disk_total_bytes{{{AGENT}}})",
                LOW_IS_BAD,
            ),
        ),
        (
            4,
            4,
            stat(
                "Agents draining", "Agents that finish what they run and take nothing new.", "short", f"sum(farm_agent_draining{{{AGENT}}})"
            ),
        ),
        (
            4,
            4,
            stat(
                "BuildKit versions",
                "How many different versions of BuildKit the agents have.",
                "short",
                "count(count by (version) (farm_agent_buildkit_info))",
                steps(GOOD, (2, WARN)),
            ),
        ),
        (
            24,
            9,
            table(
                "Fleet",
                "One line an agent. Slowness: run time of its jobs over what history predicted. Load: load average over cores.",
                "none",
                columns,
                "agent",
                links=link_to("farm-agents", "This agent alone", "agent", "agent"),
            ),
        ),
    ]


def jobs():
    phase = f"sum by (phase) (increase(farm_agent_job_phase_seconds_sum{{{AGENT}}}[$window]))"
    return [
        (
            8,
            8,
            graph(
                "Jobs running",
                "Jobs that run on each agent.",
                "short",
                [query(f"farm_agent_jobs_running{{{AGENT}}}", "{{agent}}")],
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Jobs ended",
                "Jobs that ended on each agent.",
                "short",
                [query(f"sum by (agent) (increase(farm_agent_jobs_total{{{AGENT}}}[$window]))", "{{agent}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Jobs that did not succeed",
                "By agent and outcome: a failing build is the project's, an infra_failed the farm's.",
                "short",
                [
                    query(
                        f'sum by (agent, outcome) (increase(farm_agent_jobs_total{{{AGENT},outcome!="succeeded"}}[$window]))',
                        "{{agent}} {{outcome}}",
                    )
                ],
                bars=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Where time goes",
                "Time of the jobs of the chosen agents, by phase.",
                "s",
                [query(phase, "{{phase}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Steps answered by BuildKit's cache",
                "Of the Dockerfile steps of jobs that ran there.",
                "percentunit",
                [
                    query(
                        f'sum by (agent) (increase(farm_agent_steps_total{{{AGENT},result="cached"}}[$window])) / '
                        f"sum by (agent) (increase(farm_agent_steps_total{{{AGENT}}}[$window]))",
                        "{{agent}}",
                    )
                ],
            ),
        ),
        (
            8,
            8,
            graph(
                "Slices found on the agent",
                "Source slices that the agent had already when a job needed them.",
                "percentunit",
                [
                    query(
                        f'sum by (agent) (increase(farm_agent_slice_cache_lookups_total{{{AGENT},result="hit"}}[$window])) / '
                        f"sum by (agent) (increase(farm_agent_slice_cache_lookups_total{{{AGENT}}}[$window]))",
                        "{{agent}}",
                    )
                ],
                HIGH_IS_GOOD,
            ),
        ),
    ]


def host():
    return [
        (
            8,
            8,
            graph(
                "Free disk",
                "Share of the disk that is free where the agent keeps its state.",
                "percentunit",
                [query(f"agent:farm_agent_disk_free:ratio{{{AGENT}}}", "{{agent}}")],
                LOW_IS_BAD,
                limit=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Free memory",
                "Share of the host's memory that programs could still get.",
                "percentunit",
                [query(f"agent:farm_agent_memory_available:ratio{{{AGENT}}}", "{{agent}}")],
                LOW_IS_BAD,
                limit=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Load",
                "Load average of a minute over cores.",
                "percentunit",
                [query(f"farm_agent_load_ratio{{{AGENT}}}", "{{agent}}")],
                HIGH_IS_BAD,
            ),
        ),
        (
            8,
            8,
            graph(
                "Caches",
                "Size of the slice cache and of BuildKit's cache.",
                "bytes",
                [
                    query(f"farm_agent_slice_cache_bytes{{{AGENT}}}", "{{agent}} slices"),
                    query(f"farm_agent_buildkit_cache_bytes{{{AGENT}}}", "{{agent}} BuildKit"),
                ],
            ),
        ),
        (
            8,
            8,
            graph(
                "Network",
                "Bytes fetched for jobs, and layers pushed.",
                "Bps",
                [
                    query(f"rate(farm_agent_fetched_bytes_total{{{AGENT}}}[$__rate_interval])", "{{agent}} fetched"),
                    query(f"rate(farm_agent_pushed_bytes_total{{{AGENT}}}[$__rate_interval])", "{{agent}} pushed"),
                ],
            ),
        ),
        (
            8,
            8,
            graph(
                "Slices kept",
                "Source slices in each agent's cache.",
                "short",
                [query(f"farm_agent_slice_cache_entries{{{AGENT}}}", "{{agent}}")],
            ),
        ),
    ]


def link():
    return [
        (
            8,
            8,
            graph(
                "Connection",
                "1 while the agent is connected to the coordinator.",
                "bool_on_off",
                [query(f"farm_agent_connected{{{AGENT}}}", "{{agent}}")],
                ONE_IS_GOOD,
            ),
        ),
        (
            8,
            8,
            graph(
                "Connections lost and reports waiting",
                "Connections that broke, and results that the coordinator has not acknowledged yet.",
                "short",
                [
                    query(f"increase(farm_agent_connections_lost_total{{{AGENT}}}[$window])", "{{agent}} lost"),
                    query(f"farm_agent_reports_unacknowledged{{{AGENT}}}", "{{agent}} unacknowledged"),
                ],
            ),
        ),
        (
            8,
            8,
            graph(
                "Logs",
                "Log bytes sent to the coordinator, and those that could not be sent in time.",
                "Bps",
                [
                    query(f"rate(farm_agent_log_bytes_total{{{AGENT}}}[$__rate_interval])", "{{agent}} sent"),
                    query(f"rate(farm_agent_log_dropped_bytes_total{{{AGENT}}}[$__rate_interval])", "{{agent}} dropped"),
                ],
            ),
        ),
    ]


def make(others):
    rows = [("Fleet", fleet()), ("Jobs", jobs()), ("Host", host()), ("Connection", link())]
    variables = [label_variable("agent", "Agent", "farm_agent_up", "agent", multi=True), window_variable()]
    return dashboard("farm-agents", "farm: agents", "Which agents are there, what they do and what limits them.", variables, rows, others)
