"""From rounds to medians, ratios, goals and a table. Pure."""

from statistics import median

from .rounds import SCENARIOS

# scenario -> (what the farm is compared with, limit). `bake` and `bare`: a share of that tool's time; `s`: seconds.
GOALS = {
    "cold": (("bare", 1.10), ("bake", 0.60)),
    "unchanged": (("bake", 0.20), ("s", 0.100)),
    "one_service": (("bare", 1.12), ("bake", 0.50)),
    "shared_crate": (("bare", 1.12),),
    "fresh_host": (("bake", 0.01),),
}
HEAD = ("scenario", "farm s", "bake s", "bare s", "farm/bake", "farm/bare", "CPU s farm", "bake", "bare", "jobs", "goals")


def summarise(results: dict) -> dict:
    """Per scenario: rounds and medians of each tool, ratios of medians, goals with what was reached."""
    summary = {}
    for scenario in (name for name in SCENARIOS if name in results):
        tools = {name: _tool(rounds) for name, rounds in results[scenario].items()}
        wall = {name: tool["median_wall_s"] for name, tool in tools.items()}
        cpu = {name: tool["median_cpu_s"] for name, tool in tools.items()}
        summary[scenario] = {
            "tools": tools,
            "ratios": {"wall": _ratios(wall), "cpu": _ratios(cpu)},
            "goals": [_goal(wall, against, limit) for against, limit in GOALS[scenario]],
        }
    return summary


def _tool(rounds: list) -> dict:
    walls = [entry["wall_s"] for entry in rounds]
    return {
        "median_wall_s": median(walls),
        "min_wall_s": min(walls),
        "max_wall_s": max(walls),
        "median_cpu_s": median(entry["cpu_s"] for entry in rounds),
        "rounds": rounds,
    }


def _ratios(values: dict) -> dict:
    """The farm's share of each other tool's value."""
    return {f"farm_to_{other}": round(values["farm"] / values[other], 4)
            for other in ("bake", "bare") if "farm" in values and values.get(other)}  # fmt: skip


def _goal(wall: dict, against: str, limit: float) -> dict:
    """`value` and `reached` are None where a side was not measured."""
    value = wall.get("farm") if against == "s" else _ratios(wall).get(f"farm_to_{against}")
    what = f"farm < {limit} s" if against == "s" else f"farm/{against} <= {limit}"
    reached = None if value is None else value < limit if against == "s" else value <= limit
    return {"goal": what, "limit": limit, "value": value, "reached": reached}


def table(summary: dict) -> str:
    rows = [HEAD] + [_row(scenario, entry) for scenario, entry in summary.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) if column in (0, len(HEAD) - 1) else cell.rjust(width)
                       for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]  # fmt: skip
    return "\n".join(lines)


def _row(scenario: str, entry: dict) -> tuple:
    tools, ratios = entry["tools"], entry["ratios"]["wall"]

    def of(tool, field, digits):
        return f"{tools[tool][field]:.{digits}f}" if tool in tools else "-"

    def ratio(other, digits):
        return f"{ratios[f'farm_to_{other}']:.{digits}f}" if f"farm_to_{other}" in ratios else "-"

    jobs = sorted({entry["jobs_run"] for entry in tools["farm"]["rounds"]}) if "farm" in tools else []
    walls = [of(tool, "median_wall_s", 3) for tool in ("farm", "bake", "bare")]
    cpus = [of(tool, "median_cpu_s", 2) for tool in ("farm", "bake", "bare")]
    goals = "; ".join(f"{goal['goal']}: {_verdict(goal['reached'])}" for goal in entry["goals"])
    return (scenario, *walls, ratio("bake", 4), ratio("bare", 3), *cpus, ",".join(map(str, jobs)) or "-", goals)


def _verdict(reached: bool | None) -> str:
    return "not measured" if reached is None else "reached" if reached else "MISSED"
