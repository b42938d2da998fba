"""`farmctl local` as its user sees it: what runs, what is stopped, and how fast it stops in the middle of a build."""

import time

import pytest
from builds import write_project
from farm import REPO, FarmClient

PARTS = ["buildkitd", "coordinator", "local-1", "local-2", "registry"]
ENDLESS = "FROM debian:bookworm-slim\nRUN sleep 300\n"


@pytest.fixture(scope="module")
def own_farm(programs, tools, short_dir):
    client = FarmClient(programs, short_dir / "own", {"FARM_TOOLS_BIN": str(tools), "FARM_SHARE": str(REPO)})
    yield client
    client.run("local", "down", "--purge")


def states(client) -> dict:
    """PART → whether it runs, as `local status` says."""
    rows = [line.split() for line in client.run("local", "status").out.splitlines()]
    return {row[0]: row[1] != "stopped" for row in rows if row and row[0] in PARTS}


def test_it_stops_at_once_in_the_middle_of_a_build_which_goes_on_with_the_next_up(own_farm, tmp_path):
    own_farm.up(2)
    assert states(own_farm) == dict.fromkeys(PARTS, True)
    project = write_project(tmp_path / "endless", {"one": ENDLESS, "two": ENDLESS}, "local-endless")
    build = own_farm.submit(project, "--parallel", "--detach").json["build"]
    while len(own_farm.run("agents", "--output", "json").json["agents"][0]["running"]) != 1:
        time.sleep(0.1)
    begin = time.monotonic()
    down = own_farm.run("local", "down")
    assert down.code == 0, str(down)
    assert time.monotonic() - begin < 15, "an agent that waits for its job takes 20 s each, and is killed then"
    assert sorted(line.removeprefix("stopped ") for line in down.err.splitlines()) == PARTS
    own_farm.up(2)
    assert own_farm.run("ps", "-n", "1", "--output", "json").json["builds"][0]["state"] == "running"
    assert own_farm.run("cancel", build).code == 0
    assert own_farm.run("cancel", build).out == f"build {build} has ended already: cancelled\n"


def test_what_is_stopped_is_listed_as_stopped(own_farm):
    own_farm.up(2)
    assert own_farm.run("local", "down").code == 0
    status = own_farm.run("local", "status")
    assert status.code == 3
    assert "`farmctl local up` starts what is stopped" in status.out
    assert states(own_farm) == {part: False for part in PARTS if part != "local-2"}
    again = own_farm.run("local", "down")
    assert (again.code, again.err) == (0, "the local farm does not run\n")
