"""What the end-to-end tests stand on. Programs come from FARM_BIN_DIR, tools from tools/install.sh."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests/support"))

import builds  # noqa: E402  (found only through the line above)
import farm  # noqa: E402
import testbed  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "deploy: packages and playbooks, on hosts of the test bed")


# Tests run what farm pins, whatever Docker this machine has.
os.environ["FARM_USE_HOST_DOCKER"] = "0"


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of buildkitd, buildctl, buildx and cargo-chef."""
    done = subprocess.run([REPO / "tools/install.sh", "--print-bin"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"tools/install.sh failed:\n{done.stderr[-4000:]}", pytrace=False)
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def compose(tools) -> Path:
    """The reference implementation of compose."""
    subprocess.run([REPO / "tools/install.sh", "--compose"], check=True)
    return tools / "docker-compose"


@pytest.fixture(scope="session")
def engine_29(tools) -> Path:
    """The program of a Docker Engine with a recent BuildKit: Debian's is of 2021."""
    subprocess.run([REPO / "tools/install.sh", "--engine"], check=True)
    return (tools / "dockerd-29").resolve()


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of farmctl, farm-coordinator and farm-agent."""
    folder = Path(os.environ.get("FARM_BIN_DIR", ""))
    if not os.environ.get("FARM_BIN_DIR"):
        pytest.fail("FARM_BIN_DIR is not set: it names the folder with farm's built programs", pytrace=False)
    missing = farm.missing_programs(folder)
    if missing:
        pytest.fail(f"FARM_BIN_DIR={folder} lacks {', '.join(missing)}", pytrace=False)
    return folder.resolve()


@pytest.fixture(scope="session")
def short_dir():
    """A folder with a short path, for everything that keeps sockets (108 bytes at most). Removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="fe-", dir="/tmp"))
    yield folder
    farm.unmount_below(folder)  # what a killed BuildKit left
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def local_farm(programs, tools, short_dir):
    """A farm on this machine with two agents, started once for all tests, by `farmctl local up` alone.

    FARM_E2E_HOME names a folder (a short path) where the farm and its cold build stay for the next run: for whoever
    works on tests.
    """
    if shutil.which("docker-registry") is None:
        pytest.skip("no docker-registry: tools/install.sh --for run installs it")
    if os.geteuid() != 0:
        pytest.skip("not root: BuildKit needs it")
    kept = os.environ.get("FARM_E2E_HOME")
    client = farm.FarmClient(programs, Path(kept or short_dir) / "farm", {"FARM_TOOLS_BIN": str(tools), "FARM_SHARE": str(REPO)})
    try:
        client.up()
        yield client
    finally:
        stopped = client.run("local", "status" if kept else "down")
    assert stopped.code == 0, str(stopped)


@pytest.fixture(scope="session")
def cold(local_farm, short_dir) -> dict:
    """The status of the one cold build of examples/market that all tests share. What they change builds on it."""
    known = local_farm.home / "cold.json"
    if not known.exists():
        project = farm.copy_market(short_dir / "cold/market")
        answer = local_farm.submit(project, "--parallel", "all", seconds=1800)  # 25 s where nobody else works
        if answer.code != 0:
            pytest.fail(f"the cold build that all tests share: {answer}", pytrace=False)
        known.write_text(answer.out)
    return json.loads(known.read_text())


@pytest.fixture
def built(local_farm, cold):
    """The local farm, with the market built."""
    return local_farm


@pytest.fixture
def still_works(local_farm, cold, tmp_path):
    """Whatever the test did to the farm: it goes on afterwards."""
    yield
    builds.assert_farm_goes_on(local_farm, farm.copy_market(tmp_path / "still-works"))


@pytest.fixture
def new_client(local_farm, tmp_path) -> farm.FarmClient:
    """Another client of the same farm, with an empty cache of its own."""
    return local_farm.another(tmp_path / "client")


@pytest.fixture
def market(tmp_path) -> Path:
    """A copy of examples/market that the test may change."""
    return farm.copy_market(tmp_path / "market")


@pytest.fixture(scope="session")
def engine(short_dir):
    """A Docker engine of this machine, without containers: for services that run."""
    if lacks := testbed.lacking():
        pytest.skip(f"no Docker engine without {', '.join(lacks)} (tools/install.sh --for run,test)")
    made = testbed.Engine(short_dir / "e")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def bed(tools):
    """Docker hosts as systemd containers. Programs are at /opt/farm/bin in each if FARM_BIN_DIR is set."""
    if lacks := testbed.lacking():
        pytest.skip(f"no test bed of Docker hosts without {', '.join(lacks)} (tools/install.sh --for run,test)")
    folder = os.environ.get("FARM_BIN_DIR")
    with testbed.Testbed(tools, Path(folder) if folder else None) as made:
        yield made


@pytest.fixture(scope="session")
def bed_registry(bed):
    """A registry that hosts and this machine reach under the same address, with stand-ins for the market's images."""
    registry = bed.start_registry(bed.gateway)
    images = ["debian:bookworm-slim", "lukemathwalker/cargo-chef:latest-rust-1-bookworm", "rust:1-bookworm"]
    script = REPO / "deploy/local/base-images.sh"
    done = subprocess.run([script, registry.address, *images], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return registry
