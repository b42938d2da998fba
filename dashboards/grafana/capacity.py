"""Cost and capacity: what is spent, what the caches save, and how long disks and slots suffice."""

from model import BAD, GOOD, HIGH_IS_BAD, HIGH_IS_GOOD, WARN, bars, dashboard, graph, query, stat, steps, text_variable, window_variable

SPENT = 'sum(increase(farm_job_phase_seconds_sum{phase!="queue"}[$__range]))'
SAVED = "sum(increase(farm_saved_seconds_total[$__range]))"


def cost():
    return [
        (
            4,
            4,
            stat(
                "Slot hours spent", "Time that jobs held slots, over the time range of the dashboard.", "h", f"{SPENT} / 3600", decimals=2
            ),
        ),
        (4, 4, stat("Slot hours saved", "What the jobs that were hit took when they last ran.", "h", f"{SAVED} / 3600", decimals=2)),
        (4, 4, stat("Share saved", "Saved over spent and saved.", "percentunit", f"{SAVED} / ({SAVED} + {SPENT})", HIGH_IS_GOOD)),
        (
            4,
            4,
            stat(
                "Cost",
                "Slot hours spent times the price of a slot hour, which is chosen above.",
                "none",
                f"{SPENT} / 3600 * $price",
                decimals=2,
            ),
        ),
        (4, 4, stat("Cost saved", "Slot hours saved times that price.", "none", f"{SAVED} / 3600 * $price", decimals=2)),
        (
            4,
            4,
            stat(
                "Bytes saved",
                "Compressed size of results that were not built, exported and pushed again.",
                "bytes",
                "sum(increase(farm_saved_bytes_total[$__range]))",
            ),
        ),
        (
            8,
            8,
            bars(
                "Spent by kind",
                "Slot time by kind of job.",
                "s",
                'sum by (kind) (increase(farm_job_phase_seconds_sum{phase!="queue"}[$__range]))',
                "{{kind}}",
            ),
        ),
        (
            8,
            8,
            bars(
                "Saved by kind",
                "Slot time of hits, by kind of job.",
                "s",
                "sum by (kind) (increase(farm_saved_seconds_total[$__range]))",
                "{{kind}}",
            ),
        ),
        (
            8,
            8,
            bars(
                "Spent by phase",
                "Slot time by phase.",
                "s",
                'sum by (phase) (increase(farm_job_phase_seconds_sum{phase!="queue"}[$__range]))',
                "{{phase}}",
            ),
        ),
    ]


def slots():
    return [
        (
            8,
            8,
            graph(
                "Slots wanted",
                "Slots that could work at once: those in use, and one for each job that waits; beside what there is.",
                "short",
                [query("sum(farm_slots_busy) + sum(farm_queue_jobs)", "wanted"), query("sum(farm_slots)", "there")],
            ),
        ),
        (
            8,
            8,
            graph(
                "Slots in use",
                "Share of the slots that are in use.",
                "percentunit",
                [query("farm:farm_slots:busy_ratio", "in use")],
                HIGH_IS_BAD,
                limit=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Waiting for slots",
                "Mean time that a job waited for a slot, by kind.",
                "s",
                [query('kind_phase:farm_job_phase_seconds:mean_increase1h{phase="queue"}', "{{kind}}")],
                steps(GOOD, (60, WARN), (600, BAD)),
            ),
        ),
        (
            8,
            8,
            graph(
                "Longest wait",
                "Age of the oldest job that waits.",
                "s",
                [query("max(farm_queue_oldest_seconds)", "oldest")],
                steps(GOOD, (900, WARN), (1800, BAD)),
                limit=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Mean time of a phase",
                "Per kind of job, over an hour.",
                "s",
                [query('kind_phase:farm_job_phase_seconds:mean_increase1h{phase!="queue"}', "{{kind}} {{phase}}")],
            ),
        ),
        (
            8,
            8,
            graph(
                "Hit rate",
                "By kind, over an hour.",
                "percentunit",
                [query("kind:farm_results:hit_ratio_increase1h", "{{kind}}")],
                HIGH_IS_GOOD,
            ),
        ),
    ]


def network():
    return [
        (
            8,
            8,
            graph(
                "Bytes moved",
                "Fetched for jobs, pushed as results, and saved by hits.",
                "bytes",
                [
                    query("sum(increase(farm_fetched_bytes_total[$window]))", "fetched"),
                    query("sum(increase(farm_pushed_bytes_total[$window]))", "pushed"),
                    query("sum(increase(farm_saved_bytes_total[$window]))", "saved"),
                ],
                bars=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Source slices",
                "Slices that submissions needed: known to the registry, or pushed by the client.",
                "short",
                [query("sum by (result) (increase(farm_slices_total[$window]))", "{{result}}")],
                bars=True,
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Source bytes",
                "The same in bytes before compression.",
                "bytes",
                [query("sum by (result) (increase(farm_slice_bytes_total[$window]))", "{{result}}")],
                bars=True,
                stacked=True,
            ),
        ),
    ]


def disks():
    return [
        (
            8,
            8,
            graph(
                "Registry",
                "Compressed size of results and slices by the coordinator's records. A layer that several results share counts for each.",
                "bytes",
                [query("sum by (content) (farm_registry_bytes)", "{{content}}")],
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Registry entries",
                "Results and slices by the coordinator's records.",
                "short",
                [query("sum by (content) (farm_registry_entries)", "{{content}}")],
                stacked=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Free disk in a week",
                "Of each agent, at the pace of the last six hours. Below 0: full by then.",
                "bytes",
                [query("predict_linear(farm_agent_disk_free_bytes[6h], 7 * 86400)", "{{agent}}")],
                steps(BAD, (1, GOOD)),
                zero=False,
            ),
        ),
        (
            8,
            8,
            graph(
                "The coordinator's disk",
                "Share of it that is free.",
                "percentunit",
                [query("instance:farm_store_disk_free:ratio", "{{instance}}")],
                steps(BAD, (0.1, WARN), (0.2, GOOD)),
                limit=True,
            ),
        ),
        (
            8,
            8,
            graph(
                "Records",
                "RocksDB's estimate of the records of each sort.",
                "short",
                [query("sum by (records) (farm_store_keys)", "{{records}}")],
                stacked=True,
            ),
        ),
        (8, 8, graph("Logs", "Log bytes taken from agents.", "Bps", [query("sum(rate(farm_log_bytes_total[$__rate_interval]))", "logs")])),
    ]


def make(others):
    rows = [("Cost", cost()), ("Slots", slots()), ("Network", network()), ("Disks", disks())]
    variables = [text_variable("price", "Price of a slot hour", "0.05"), window_variable()]
    return dashboard(
        "farm-capacity",
        "farm: cost and capacity",
        "What builds cost, what caches save, and how long the farm suffices.",
        variables,
        rows,
        others,
    )
