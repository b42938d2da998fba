"""What must hold for dashboards, rules and their tests; monitoring_test.py runs it and proves that each check bites.

The metrics are those of docs/metrics.md, which a unit test holds equal to the programs' tables.
"""

import json
import re
from pathlib import Path

import yaml

GROUPS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
NAMES = re.compile(r"(?<![\w:$.])(?:[a-z_]+:)?(?:farm|process)_[a-z0-9_]+(?::[a-z0-9_]+)?|\b[a-z_]+:[a-z0-9_]+:[a-z0-9_]+")
MATCHERS = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
# What Prometheus itself gives a series, or the scrape configuration (deploy/templates/prometheus.yml).
SCRAPED = {"instance", "job", "agent", "le"}
BY_PROMETHEUS = {"up": {"job", "instance"}}


def metrics_of(document: str) -> dict[str, set[str]]:
    """Name of each series in docs/metrics.md → its labels. A histogram has three."""
    found: dict[str, set[str]] = {}
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if not line.startswith("| `") or len(cells) != 5:
            continue
        name = cells[0].strip("|` ")
        labels = set(re.findall(r"`(\w+)`: ", cells[3]))
        names = [name + end for end in ("_bucket", "_sum", "_count")] if cells[1] == "histogram" else [name]
        for one in names:
            found.setdefault(one, set()).update(labels)
    return found


def rules_of(folder: Path) -> list[dict]:
    groups = [group for file in sorted(folder.glob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def names_in(expr: str) -> set[str]:
    """Metrics and recorded series of an expression."""
    bare = STRINGS.sub('""', GROUPS.sub(" ", expr))
    return set(NAMES.findall(re.sub(r"\{[^}]*\}", " ", bare)))


def expression_problems(expr: str, where: str, known: dict[str, set[str]], recorded: set[str]):
    names = names_in(expr)
    if not names and not re.search(r"\bup\b", expr):
        yield f"{where}: no metric of farm in `{expr}`"
    for name in sorted(names - known.keys() - recorded):
        yield f"{where}: `{name}` is neither in docs/metrics.md nor recorded"
    for name, matchers in MATCHERS.findall(expr):
        labels = {match.split("=")[0].rstrip("!~ ").strip() for match in re.split(r",(?=\s*\w+\s*[=!])", matchers) if match.strip()}
        allowed = known.get(name, BY_PROMETHEUS.get(name))
        if allowed is not None and labels - allowed - SCRAPED:
            yield f"{where}: `{name}` has no label {', '.join(sorted(labels - allowed - SCRAPED))}"


def panels_of(dashboard: dict) -> list[dict]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables_problems(dashboard: dict):
    uid = dashboard["uid"]
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?((?!__)[a-z_]+)\b", json.dumps([dashboard["panels"], dashboard["templating"]])))
    for name in sorted(used - declared):
        yield f"{uid}: ${name} is used and no variable"
    for name in sorted(declared - used):
        yield f"{uid}: the variable {name} is not used"


def panel_problems(panel: dict, uid: str, known: dict, recorded: set[str]):
    where = f"{uid}: panel `{panel.get('title')}`"
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if not panel.get("title"):
        yield f"{uid}: panel {panel.get('id')} has no title"
    if len(panel.get("description", "")) < 15 or not panel["description"].endswith("."):
        yield f"{where} has no description"
    if not defaults.get("unit"):
        yield f"{where} has no unit"
    if not defaults.get("thresholds", {}).get("steps"):
        yield f"{where} has no thresholds"
    if not panel.get("targets"):
        yield f"{where} asks nothing"
    refs = [target["refId"] for target in panel.get("targets", [])]
    if len(refs) != len(set(refs)):
        yield f"{where} has a refId twice"
    for target in panel.get("targets", []):
        if target["datasource"] != {"type": "prometheus", "uid": "${datasource}"}:
            yield f"{where} is bound to one data source"
        yield from expression_problems(target["expr"], where, known, recorded)


def overlaps(a: dict, b: dict) -> bool:
    return a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def layout_problems(dashboard: dict):
    panels = dashboard["panels"]
    for number, panel in enumerate(panels):
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{dashboard['uid']}: panel `{panel['title']}` leaves the grid"
        for other in panels[number + 1 :]:
            if overlaps(place, other["gridPos"]):
                yield f"{dashboard['uid']}: panels `{panel['title']}` and `{other['title']}` overlap"


def dashboard_problems(dashboards: list[dict], known: dict, recorded: set[str]):
    uids = [dashboard["uid"] for dashboard in dashboards]
    if len(uids) != len(set(uids)):
        yield "two dashboards have one uid"
    for dashboard in dashboards:
        uid = dashboard["uid"]
        ids = [panel["id"] for panel in dashboard["panels"]]
        if len(ids) != len(set(ids)):
            yield f"{uid}: two panels have one id"
        for panel in panels_of(dashboard):
            yield from panel_problems(panel, uid, known, recorded)
        yield from variables_problems(dashboard)
        yield from layout_problems(dashboard)
        targets = re.findall(r"/d/([\w-]+)", json.dumps(dashboard))
        for target in sorted(set(targets) - set(uids)):
            yield f"{uid}: links to {target}, which is no dashboard"
        for other in sorted(set(uids) - {uid} - set(targets)):
            yield f"{uid}: no link to {other}"


def rule_problems(rules: list[dict], uids: set[str], known: dict):
    recorded = {rule["record"] for rule in rules if "record" in rule}
    names = [rule.get("record") or rule.get("alert") for rule in rules]
    if len(names) != len(set(names)):
        yield "two rules have one name"
    for rule in rules:
        name = rule.get("record") or rule["alert"]
        yield from expression_problems(rule["expr"], name, known, recorded)
        if "record" in rule and not re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z0-9_]+", name):
            yield f"{name}: a recorded series is named level:metric:operation"
        if "alert" not in rule:
            continue
        if rule.get("labels", {}).get("severity") not in ("critical", "warning", "info"):
            yield f"{name}: no severity"
        for part in ("summary", "description", "action"):
            if not rule.get("annotations", {}).get(part):
                yield f"{name}: no {part}"
        if rule.get("annotations", {}).get("dashboard") not in uids:
            yield f"{name}: names no dashboard"


def test_problems(rules: list[dict], tests: list[dict]):
    """Each alert is seen firing and seen silent."""
    seen: dict[str, set[bool]] = {}
    for file in tests:
        for test in file["tests"]:
            for case in test.get("alert_rule_test", []):
                seen.setdefault(case["alertname"], set()).add(bool(case["exp_alerts"]))
    for name in sorted(rule["alert"] for rule in rules if "alert" in rule):
        if True not in seen.get(name, set()):
            yield f"{name}: no test sees it fire"
        if False not in seen.get(name, set()):
            yield f"{name}: no test sees it silent"
