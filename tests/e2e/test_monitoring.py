"""A real Prometheus over a farm at work: every expression of every panel, alert and recording rule has data."""

import json
import shutil
import subprocess
import urllib.request

import pytest
import yaml
from builds import FRESH, add_line, results, submit, write_project
from farm import MARKET, REPO, FarmClient, is_alive
from prometheus import Prometheus, filled_in, operands

DASHBOARDS = {file.stem: json.loads(file.read_text()) for file in sorted((REPO / "dashboards/grafana").glob("*.json"))}
RULES = {
    rule.get("record") or rule["alert"]: rule
    for file in sorted((REPO / "dashboards/prometheus").glob("*.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
}
TARGETS = 3  # the coordinator and two agents
PROJECT = f"monitoring-watched-{FRESH}"
# Long enough to be compared with its history.
SLOW = "FROM debian:bookworm-slim\nCOPY input /input\nRUN sleep 2 && cat /input\n"
QUICK = "FROM debian:bookworm-slim\nCOPY input /input\n"
BROKEN = "FROM debian:bookworm-slim\nRUN exit 7\n"


def lacks_prometheus() -> bool:
    return shutil.which("prometheus") is None or shutil.which("promtool") is None


def port_of(client: FarmClient, part: str) -> str:
    return dict(line.split() for line in (client.local / "ports").read_text().splitlines())[part]


def expressions():
    for uid, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield f"{uid}: {panel['title']}", filled_in(target["expr"], project=PROJECT)
    for name, rule in RULES.items():
        for operand in operands(rule["expr"]) if "alert" in rule else [rule["expr"], name]:
            yield name, operand


@pytest.fixture(scope="module")
def watched(local_farm):
    """The farm that all tests share, with Prometheus beside it from now on: later tests see that it disturbs nothing."""
    if lacks_prometheus():
        pytest.skip("no prometheus: tools/install.sh --for test installs it")
    up = local_farm.run("local", "up", "--agents", 2, "--monitoring", cwd=MARKET)
    assert up.code == 0, str(up)
    made = Prometheus(f"http://127.0.0.1:{port_of(local_farm, 'prometheus')}")
    assert f"prometheus  {made.address}/" in up.out
    assert f"console     http://127.0.0.1:{port_of(local_farm, 'http')}/" in up.out
    assert "dashboards/grafana" in up.out or "grafana     http://" in up.out
    made.wait_for("sum(up)", lambda values: values == [TARGETS], "all targets are scraped")
    made.wait_for("count(farm_results_total)", lambda values: values != [], "the coordinator's metrics are there")
    return made


@pytest.fixture(scope="module")
def worked(watched, local_farm, short_dir):
    """Builds of each sort, after Prometheus saw the farm at rest: misses, hits, a failure, and a job that ran before."""
    project = write_project(short_dir / "watched", {"slow": SLOW, "quick": QUICK}, PROJECT)
    for service in ("slow", "quick"):
        (project / service / "input").write_text(f"{FRESH}\n")
    assert set(results(submit(local_farm, project, "--parallel")).values()) == {"built"}
    add_line(project / "slow/input", "changed")
    assert results(submit(local_farm, project)) == {"slow": "built", "quick": "hit"}
    assert set(results(submit(local_farm, project)).values()) == {"hit"}
    failed = local_farm.submit(write_project(short_dir / "broken", {"broken": BROKEN}, f"monitoring-broken-{FRESH}"))
    assert failed.code == 1, str(failed)
    # A histogram begins with its first value: only what comes after a scrape of that is an increase.
    took = f'farm_project_build_seconds_count{{project="{PROJECT}"}}'
    watched.wait_for(took, lambda values: values != [], "the time of a build is scraped")
    add_line(project / "slow/input", "changed again")
    assert results(submit(local_farm, project)) == {"slow": "built", "quick": "hit"}
    watched.wait_for(f"increase({took}[10m])", lambda values: values and values[0] > 0, "the time of the next one is added")
    builds = f'sum(increase(farm_project_builds_total{{project="{PROJECT}"}}[10m]))'
    watched.wait_for(builds, lambda values: values and values[0] > 1, "builds are counted")
    watched.wait_for("farm:farm_job_slowness:twice_as_slow_ratio_increase1h", lambda values: values != [], "rules have seen the builds")
    return project


def test_every_expression_of_every_panel_and_rule_has_data(watched, worked):
    asked = list(expressions())
    assert len(asked) > 150
    empty = [f"{name}: {expr}" for name, expr in asked if not watched.values(expr)]
    assert not empty, f"{len(empty)} of {len(asked)} have no data:\n" + "\n".join(empty)


def test_prometheus_finds_nothing_wrong_with_the_rules(watched, worked):
    rules = {rule["name"]: rule for group in watched.api("rules")["groups"] for rule in group["rules"]}
    assert rules.keys() == RULES.keys()
    assert {name: rule.get("lastError") for name, rule in rules.items() if rule["health"] != "ok"} == {}


def test_no_alert_that_calls_for_somebody_fires_on_a_farm_that_works(watched, worked):
    firing = {alert["labels"]["alertname"] for alert in watched.api("alerts")["alerts"] if alert["state"] == "firing"}
    assert not firing & {name for name, rule in RULES.items() if rule.get("labels", {}).get("severity") == "critical"}


def test_the_panel_of_the_hit_rate_moves_when_a_build_hits(watched, worked, local_farm):
    panel = next(panel for panel in DASHBOARDS["farm-overview"]["panels"] if panel["title"] == "Hit rate")
    expr = filled_in(panel["targets"][0]["expr"])
    [before] = watched.values(expr)
    assert 0 < before < 1
    assert set(results(submit(local_farm, worked)).values()) == {"hit"}
    watched.wait_for(expr, lambda values: values and values[0] > before, f"the hit rate was {before}")


def test_each_metric_of_the_document_is_exported(watched, worked):
    names = set(watched.api("label/__name__/values"))
    documented = [line.split("`")[1] for line in (REPO / "docs/metrics.md").read_text().splitlines() if line.startswith("| `")]
    assert len(documented) > 80
    assert [name for name in documented if not {name, f"{name}_bucket"} & names] == []


def test_misses_are_told_with_their_cause(watched, worked):
    chosen = f'project="{PROJECT}",farm_job=~"image slow.*"'
    causes = watched.api("query", query=f"farm_project_job_misses_total{{{chosen}}} > 0")["result"]
    assert {sample["metric"]["cause"]: sample["value"][1] for sample in causes} == {"first-build": "1", "source": "2"}


@pytest.mark.parametrize(
    "counted",
    [
        'farm_registry_entries{content="image"}', 'farm_registry_bytes{content="image"}', 'farm_registry_entries{content="slices"}',
        'farm_store_keys{records="results"}', "farm_store_disk_free_bytes", "farm_registry_up", 'farm_saved_bytes_total{kind="image"}',
        'farm_saved_seconds_total{kind="image"}', 'farm_slices_total{result="missing"}', 'farm_pushed_bytes_total{kind="image"}',
        'farm_steps_total{kind="image",result="run"}', 'farm_job_phase_seconds_count{kind="image",phase="export"}',
        'farm_job_phase_seconds_count{kind="image",phase="push"}', "sum(farm_agent_buildkit_info)", "process_open_fds",
    ],
)  # fmt: skip
def test_what_was_built_saved_and_kept_is_counted(watched, worked, counted):
    watched.wait_for(counted, lambda values: values and max(values) > 0, "after builds")


@pytest.mark.parametrize("part", ["http", "agent"])
def test_promtool_finds_nothing_in_what_the_programs_answer(watched, worked, local_farm, part):
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(local_farm, part)}/metrics", timeout=30) as answer:
        text = answer.read()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_configuration_is_one_that_promtool_takes_and_names_each_agent(watched, local_farm):
    done = subprocess.run(["promtool", "check", "config", local_farm.local / "prometheus.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    targets = watched.api("targets", state="active")["activeTargets"]
    assert {target["labels"].get("agent") for target in targets} == {None, "local-1", "local-2"}
    assert {target["labels"]["job"] for target in targets} == {"farm-coordinator", "farm-agent"}


def test_status_lists_prometheus_and_down_stops_it(programs, tools, short_dir):
    if lacks_prometheus():
        pytest.skip("no prometheus: tools/install.sh --for test installs it")
    client = FarmClient(programs, short_dir / "seen", {"FARM_TOOLS_BIN": str(tools), "FARM_SHARE": str(REPO)})
    up = client.run("local", "up", "--monitoring", "--stand-ins", "never")
    try:
        assert up.code == 0, str(up)
        pid = client.pid("prometheus")
        status = client.run("local", "status")
        assert status.code == 0, str(status)
        assert f"http://127.0.0.1:{port_of(client, 'prometheus')}" in status.out
    finally:
        down = client.run("local", "down", "--purge")
    assert "stopped prometheus" in down.err, str(down)
    assert not is_alive(pid)
