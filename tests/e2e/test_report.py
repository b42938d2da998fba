"""The guide's three benchmark tables and the counterfactual, from builds that the farm recorded."""

import pytest
from builds import FRESH, add_line, submit


def report(client, *words) -> dict:
    answer = client.run("report", *words, "--output", "json")
    assert answer.code == 0, str(answer)
    assert answer.json["schema"] == "farm.report.v1"
    return answer.json


@pytest.fixture
def reported(built, cold, market) -> tuple:
    """A client, and the market's cold build, a changed and an unchanged one: what every table needs."""
    add_line(market / "execution_service_rust/src/main.rs", f"// for the report, {FRESH}")
    changed = submit(built, market, "--parallel", "all")
    unchanged = submit(built, market, "--parallel", "all")
    return built, changed, unchanged


def test_each_table_has_its_builds_and_their_medians(reported, cold):
    client, changed, unchanged = reported
    told = report(client, "--project-name", "market", "--last", "1000")
    assert [table["class"] for table in told["tables"]] == ["cold", "code-change", "no-change"]
    assert all(table["builds"] >= 1 for table in told["tables"]), told
    cold_table, change, nothing = told["tables"]
    assert len(cold_table["services"]) == 6
    for service in cold_table["services"]:
        assert service["time"]["count"] >= 1
        assert service["time"]["min_ms"] <= service["time"]["median_ms"] <= service["time"]["max_ms"]
    assert cold_table["total"]["parallel"]["count"] >= 1
    times = {service["service"]: service["time"] for service in change["services"]}
    assert times["execution_service_rust"]["count"] >= 1
    whole = changed["finished_ms"] - changed["created_ms"]
    assert change["total"]["parallel"]["min_ms"] <= whole <= change["total"]["parallel"]["max_ms"]
    assert nothing["total"]["serial_computed"] is None
    assert nothing["total"]["parallel"]["median_ms"] < cold_table["total"]["parallel"]["median_ms"]
    assert told["newest_build"] >= unchanged["build"]


def test_the_counterfactual_of_the_cold_build_adds_up(reported, cold):
    client, _, _ = reported
    told = report(client, "--project-name", "market", "--build", cold["build"])["counterfactual"]
    assert told["build"] == cold["build"]
    assert told["wall_ms"] == cold["finished_ms"] - cold["created_ms"]
    work = sum(job["fetch_ms"] + job["run_ms"] + job["push_ms"] for job in cold["jobs"])
    assert told["serial_ms"] == work
    assert told["longest_chain_ms"] <= told["serial_ms"]
    parts = ("before_ms", "waited_ms", "fetch_ms", "run_ms", "push_ms", "rest_ms")
    on_path = sum(step[part] for step in told["critical_path"] for part in parts)
    assert on_path + told["after_path_ms"] == told["wall_ms"]
    path = [step["job"] for step in told["critical_path"]]
    assert path[0] == "deps"
    assert path[-1].startswith("image ")
    assert told["bottleneck"]


def test_an_unchanged_build_saved_what_the_others_took(reported):
    client, _, unchanged = reported
    told = report(client, "--build", unchanged["build"], "--project-name", "market")["counterfactual"]
    assert told["critical_path"] == []
    assert told["bound"] == "nothing"
    assert told["saved_by_hits_ms"] > 0
    assert told["jobs_saved"] >= 5


def test_text_and_markdown_say_the_same(reported):
    client, _, _ = reported
    text = client.run("report", "-p", "market")
    assert text.code == 0, str(text)
    for part in ("Cold build", "Code change", "No change", "orchestrator_rust", "Total (serial)", "Total (parallel)"):
        assert part in text.out, str(text)
    markdown = client.run("report", "-p", "market", "-o", "markdown")
    assert "| orchestrator_rust |" in markdown.out, str(markdown)
    assert markdown.out.startswith("# Build times of market\n")


def test_a_project_that_was_never_built_is_said_so(built, cold):
    answer = built.run("report", "-p", "nothing-like-it", "--output", "json")
    assert answer.code == 2, str(answer)
    assert "nothing-like-it" in answer.json["message"]
