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
    assert states(own_farm) == dict.fromkeys(PARTS, False)
    again = own_farm.run("local", "down")
    assert (again.code, again.err) == (0, "the local farm does not run\n")


def agents_up(client) -> dict:
    """Agents that are up, with their slots."""
    agents = client.run("agents", "--output", "json").json["agents"]
    return {agent["name"]: agent["slots"] for agent in agents if agent["state"] == "up"}


def local_up(client, *words):
    answer = client.run("local", "up", "--stand-ins", "never", *words)
    assert answer.code == 0, str(answer)
    return answer


def test_up_alone_brings_back_what_the_farm_was_last_started_with(own_farm):
    local_up(own_farm, "--agents", 2, "--slots", 3)
    assert agents_up(own_farm) == {"local-1": 3, "local-2": 3}
    first = own_farm.pid("local-1")
    own_farm.kill9("local-2")
    again = local_up(own_farm)
    assert "starting local-2\n" in again.err
    assert states(own_farm) == dict.fromkeys(PARTS, True)
    assert own_farm.pid("local-1") == first, "what ran goes on as it was"
    assert own_farm.run("local", "down").code == 0
    local_up(own_farm)
    assert agents_up(own_farm) == {"local-1": 3, "local-2": 3}


def test_fewer_agents_are_fewer_agents(own_farm):
    local_up(own_farm, "--agents", 2, "--slots", 2)
    fewer = local_up(own_farm, "--agents", 1)
    assert "stopped local-2\n" in fewer.err
    assert states(own_farm) == {part: True for part in PARTS if part != "local-2"}
    assert agents_up(own_farm) == {"local-1": 2}
    local_up(own_farm)
    assert agents_up(own_farm) == {"local-1": 2}, "and it stays so"


def test_down_where_no_farm_ever_was_has_nothing_to_do(programs, tmp_path):
    nobody = FarmClient(programs, tmp_path / "home")
    for words in ((), ("--purge",)):
        down = nobody.run("local", "down", *words)
        assert (down.code, down.err) == (0, "there is no local farm to stop\n")
    assert nobody.run("local", "status").code == 2
