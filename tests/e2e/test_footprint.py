"""What an idle farm takes, and plans that are far larger than the market."""

from pathlib import Path

import pytest
from builds import write_project
from farm import FarmClient

MIB = 1 << 20
FOUR = ["orchestrator_rust", "market_discovery_rust", "game_shard_rust", "signal_processor_rust"]


@pytest.fixture
def farmless(programs, tmp_path):
    """A client that knows no farm: a plan needs none."""
    return FarmClient(programs, tmp_path / "farmless")


def resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError(f"no VmRSS of {pid}")


def test_coordinator_and_agents_are_small_after_builds(built):
    assert resident_bytes(built.pid("coordinator")) < 80 * MIB
    for agent in ("local-1", "local-2"):
        assert resident_bytes(built.pid(agent)) < 40 * MIB


def test_everything_that_runs_is_listed_with_its_place(built):
    status = built.run("local", "status")
    assert status.code == 0, str(status)
    for part in ("registry", "buildkitd", "coordinator", "local-1", "local-2"):
        assert str(built.pid(part)) in status.out
    assert built.registry in status.out
    assert str(built.local / "client.yaml") in status.out


def test_a_second_up_changes_nothing(built):
    before = {part: built.pid(part) for part in ("registry", "buildkitd", "coordinator", "local-1", "local-2")}
    built.up()
    assert {part: built.pid(part) for part in before} == before


def test_a_plan_of_two_hundred_services_without_a_farm(farmless, tmp_path):
    text = "FROM debian:bookworm-slim\nCOPY name.txt /name.txt\n"
    names = [f"service_{number:03}" for number in range(200)]
    project = write_project(tmp_path / "many", dict.fromkeys(names, text), "many")
    for name in names:
        (project / name / "name.txt").write_text(f"{name}\n")
    plan = farmless.run("plan", "--output", "json", cwd=project).json
    assert len(plan["jobs"]) == 200
    assert {service["service"] for service in plan["services"]} == set(names)


def test_two_hundred_services_with_one_rust_workspace_share_their_layers(farmless, market):
    services = "".join(
        f"  s{number:03}:\n    build:\n      context: .\n      dockerfile: Dockerfile.rust-optimized\n"
        f"      args: {{SERVICE: {name}, NUMBER: '{number}'}}\n"
        for number, name in enumerate(FOUR * 50)
    )
    (market / "many.yaml").write_text(f"name: many\nservices:\n{services}")
    plan = farmless.run("plan", "--output", "json", "-f", "many.yaml", cwd=market).json
    kinds = [job["kind"] for job in plan["jobs"]]
    assert (kinds.count("deps"), kinds.count("crates"), kinds.count("compile")) == (1, 1, 1)
    assert kinds.count("image") == len({service["job"] for service in plan["services"]})
    assert len(plan["services"]) == 200


def test_the_plan_of_the_market_as_tree_json_and_dot(farmless, market):
    tree = farmless.run("plan", cwd=market)
    assert tree.code == 0, str(tree)
    assert tree.out.startswith("market: 6 services, 8 jobs")
    assert "digraph" in farmless.run("plan", "--output", "dot", cwd=market).out
    plan = farmless.run("plan", "--output", "json", "shard", cwd=market).json
    assert plan["schema"] == "farm.plan.v1"
    assert {service["service"] for service in plan["services"]} == {"game_shard_rust_shard_01", "game_shard_rust_shard_02"}
    assert len({service["job"] for service in plan["services"]}) == 1
