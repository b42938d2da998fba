"""tools/install.sh chooses between this machine's buildx and farm's own. Go and Docker are stand-ins: what is asked is which of the
tools would be built, by which rule."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from farm import REPO

# `go build -o FOLDER/ PACKAGES`: makes a program for each package that says where it is from.
GO = """#!/bin/sh
[ "$1" = env ] && { echo go1.26.8; exit; }
while [ "$1" != -o ]; do shift; done
out=$2; shift 2
for package; do
  printf '#!/bin/sh\\necho own %s "$@"\\n' "${package##*/}" >"$out/${package##*/}"; chmod +x "$out/${package##*/}"; echo "${package##*/}" >>"$BUILT"
done
"""
DOCKER = """#!/bin/sh
[ "$1" = buildx ] || {{ echo "docker: unknown command" >&2; exit 1; }}
[ "$2" = version ] && {{ {version}; exit; }}
shift; echo "docker's buildx $*"
"""
OWN = {"buildctl", "buildkitd", "buildx"}


class Machine:
    """Its PATH has these stand-ins and the usual programs, no other Go or Docker."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "path").mkdir()
        version = re.search(r"^chef_version=(.*)$", (REPO / "tools/install.sh").read_text(), re.MULTILINE)[1]
        chef = folder / f"cache/farm/tools/cargo-chef-{version}/bin"
        chef.mkdir(parents=True)
        self._program(chef / "cargo-chef", "#!/bin/sh\n")
        self._program(folder / "path/go", GO)
        for name in "awk bash cat chmod cut dirname env flock head ln mkdir mktemp mv readlink rm rmdir sed sh sha256sum sort".split():
            (folder / "path" / name).symlink_to(subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip())

    def give_docker(self, answer: str) -> None:
        self._program(self.folder / "path/docker", DOCKER.format(version=answer))

    def install(self, *words: str, **variables: str):
        places = {"PATH": str(self.folder / "path"), "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}
        env = {**places, "BUILT": str(self.folder / "built"), **variables}
        argv = ["bash", REPO / "tools/install.sh", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def bin(self, *words: str, **variables: str) -> Path:
        done = self.install("--print-bin", *words, **variables)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())

    @property
    def built(self) -> set[str]:
        return set((self.folder / "built").read_text().split()) if (self.folder / "built").exists() else set()

    def run(self, program: Path, *words: str) -> str:
        env = {"PATH": f"{self.folder / 'path'}"}
        return subprocess.run([program, *words], env=env, capture_output=True, text=True, check=True).stdout.strip()

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def recent(version: str) -> str:
    return f"echo github.com/docker/buildx {version} 1234abc"


@pytest.mark.parametrize("version", ["v0.29.1", "v0.34.0-desktop.1", "0.100.0", "v1.0.0"])
def test_a_recent_buildx_of_this_machine_is_used_and_none_is_built(machine, version):
    machine.give_docker(recent(version))
    tools = machine.bin()
    assert machine.built == {"buildctl", "buildkitd"}
    assert machine.run(tools / "buildx", "build", "--x=a b") == "docker's buildx build --x=a b"
    assert machine.run(tools / "buildkitd") == "own buildkitd"
    assert os.access(tools / "cargo-chef", os.X_OK)
    assert machine.bin() == tools
    assert machine.install("--tools-only").stderr == "", "what is there is not made or told again"


@pytest.mark.parametrize("answer", [recent("v0.29.0"), recent("v0.8.2+unknown"), "exit 1", "echo nonsense", "echo", "echo a b c"])
def test_an_older_one_or_none_is_not(machine, answer):
    machine.give_docker(answer)
    tools = machine.bin()
    assert machine.built == OWN
    assert machine.run(tools / "buildx", "ls") == "own buildx ls"


def test_without_docker_all_tools_are_built_and_each_once(machine):
    tools = machine.bin()
    assert machine.built == OWN
    assert machine.run(tools / "buildx", "ls") == "own buildx ls"
    machine.give_docker(recent("v0.38.2"))
    beside = machine.bin()
    assert beside != tools
    assert machine.run(beside / "buildx", "ls") == "docker's buildx ls"
    assert (machine.folder / "built").read_text().split() == sorted(OWN, key=["buildx", "buildkitd", "buildctl"].index)


def test_the_machines_buildx_can_be_refused_and_demanded(machine):
    machine.give_docker(recent("v0.38.2"))
    refused = machine.bin(FARM_USE_HOST_DOCKER="0")
    assert machine.run(refused / "buildx", "ls") == "own buildx ls"
    assert machine.run(machine.bin(FARM_USE_HOST_DOCKER="1") / "buildx", "ls") == "docker's buildx ls"
    machine.give_docker(recent("v0.20.0"))
    answer = machine.install("--print-bin", FARM_USE_HOST_DOCKER="1")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "FARM_USE_HOST_DOCKER=1, but here is no `docker buildx` 0.29.1 or later" in answer.stderr


def test_a_farm_that_builds_with_docker_needs_nothing_built(machine):
    machine.give_docker(recent("v0.38.2"))
    tools = machine.bin("--no-buildkit")
    assert machine.built == set()
    assert machine.run(tools / "buildx", "ls") == "docker's buildx ls"
