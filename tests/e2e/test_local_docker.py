"""`farmctl local up --buildkit`: a farm that builds with the Docker of its machine, or with a BuildKit that runs there already."""

import pytest
from builds import FRESH, submit, write_project
from farm import REPO, FarmClient
from testbed import Engine, lacking

PLAIN = f"FROM scratch\nCOPY Dockerfile /{FRESH}\n"  # the engines of tests have no network for what is run


@pytest.fixture(scope="module")
def recent_engine(short_dir, request):
    if lacks := lacking():
        pytest.skip(f"no Docker engine without {', '.join(lacks)} (tools/install.sh --for run,test)")
    made = Engine(short_dir / "r", request.getfixturevalue("engine_29"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def own_farm(programs, tools, short_dir):
    client = FarmClient(programs, short_dir / "docker", {"FARM_TOOLS_BIN": str(tools), "FARM_SHARE": str(REPO)})
    yield client
    client.run("local", "down", "--purge")


def parts(client) -> set:
    rows = [line.split() for line in client.run("local", "status").out.splitlines()]
    return {row[0] for row in rows if len(row) > 1 and row[1].isdigit()}


def build(client, folder, name: str) -> None:
    status = submit(client, write_project(folder / name, {name: PLAIN + f"LABEL it={name}\n"}, f"local-{name}"))
    assert [service["result"] for service in status["services"]] == ["built"]


def test_it_builds_with_a_recent_docker_and_keeps_to_it(own_farm, recent_engine, tmp_path):
    own_farm.extra_env |= recent_engine.environment()
    up = own_farm.run("local", "up", "--buildkit", "docker", cwd=tmp_path)
    assert up.code == 0, str(up)
    assert "it builds with this machine's Docker" in up.out
    build(own_farm, tmp_path, "docker")
    assert own_farm.run("local", "down").code == 0
    own_farm.up(1, cwd=tmp_path)
    assert parts(own_farm) == {"coordinator", "local-1", "registry"}, "no BuildKit of its own is started"
    build(own_farm, tmp_path, "again")
    assert recent_engine.docker("images", "-a", "-q") == "", "results are in the farm's registry, not in Docker"


def test_it_goes_over_to_its_own_and_to_one_that_is_there_while_it_runs(own_farm, tmp_path):
    up = own_farm.run("local", "up", "--buildkit", "farm", cwd=tmp_path)
    assert up.code == 0, str(up)
    assert "buildkitd" in parts(own_farm)
    build(own_farm, tmp_path, "own")
    socket = own_farm.extra_env["DOCKER_HOST"]
    up = own_farm.run("local", "up", "--buildkit", socket, cwd=tmp_path)
    assert up.code == 0, str(up)
    assert f"it builds with the BuildKit at {socket}" in up.out
    assert "buildkitd" not in parts(own_farm)
    build(own_farm, tmp_path, "there")


def test_debians_docker_is_refused(own_farm, engine, tmp_path):
    client = FarmClient(own_farm.programs, own_farm.home, {**own_farm.extra_env, **engine.environment()})
    refused = client.run("local", "up", "--buildkit", "docker", cwd=tmp_path)
    assert refused.code == 2, str(refused)
    assert "use Docker Engine 29 or later; or let farm use a BuildKit of its own (`farmctl local up --buildkit farm`)" in refused.err
