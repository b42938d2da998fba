"""What is shipped beside the programs: playbooks that ansible-lint has nothing against, packages that lintian accepts, images that run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from farm import REPO
from playbooks import ANSIBLE, build_packages

pytestmark = pytest.mark.deploy

NAMES = {"farm-agent", "farm-buildkit", "farm-coordinator", "farm-registry", "farmctl"}
# The programs of others in farm-buildkit are linked statically; nothing is filed with Debian.
ACCEPTED = "initial-upload-closes-no-bugs,statically-linked-binary"


@pytest.fixture(scope="module")
def packages(programs) -> Path:
    return build_packages(programs.parent, 1)


def field(package: Path, name: str) -> str:
    return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()


def test_ansible_lint_accepts_the_playbooks_for_production():
    if not Path("/usr/bin/ansible-lint").exists():
        pytest.skip("no ansible-lint: tools/install.sh --for test installs it")
    parts = ["site.yml", "upgrade.yml", "remove.yml", "inventories"]
    parts += [str(path.relative_to(ANSIBLE)) for path in sorted((ANSIBLE / "roles").iterdir())]
    argv = ["/usr/bin/ansible-lint", "--offline", "--nocolor", "--profile", "production", *parts]
    env = {**os.environ, "PATH": f"/usr/bin:{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=ANSIBLE, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failure(s), 0 warning(s)" in done.stdout + done.stderr


def test_there_is_a_package_for_each_part_with_what_it_needs(packages):
    files = {field(path, "Package"): path for path in packages.glob("*.deb")}
    assert set(files) == NAMES
    for name in ("farm-coordinator", "farm-agent", "farmctl"):
        assert "libzmq5" in field(files[name], "Depends"), "dpkg-shlibdeps found the libraries"
    listed = subprocess.run(["dpkg-deb", "-c", files["farm-agent"]], capture_output=True, text=True, check=True).stdout
    assert "./lib/systemd/system/farm-agent.service" in listed
    assert "./usr/bin/farm-agent" in listed


def test_lintian_accepts_the_packages(packages):
    if shutil.which("lintian") is None:
        pytest.skip("no lintian: tools/install.sh --for test installs it")
    argv = ["lintian", "--fail-on", "error,warning", "--allow-root", "--suppress-tags", ACCEPTED, *packages.glob("*.deb")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("part", ["coordinator", "agent", "farmctl"])
def test_an_image_from_the_recipe_runs(bed, bed_registry, packages, part):
    """Built by a BuildKit of the test bed, from the stand-in for Debian, with packages from Debian's mirrors."""
    host = bed.hosts.get("images") or bed.add_host("images")
    if not host.running("buildkitd"):
        host.start_buildkitd(bed_registry.address)
        host.copy_in(packages, "/srv/packages")
    program = "farmctl" if part == "farmctl" else f"farm-{part}"
    host.write("/srv/recipe/Dockerfile", (REPO / f"deploy/images/{part}.Dockerfile").read_text())
    output = f"type=image,name={bed_registry.address}/farm-images/{part}:1,push=true"
    words = ["--frontend", "dockerfile.v0", "--local", "context=/srv/packages", "--local", "dockerfile=/srv/recipe", "--output", output]
    host.run("/opt/tools/buildctl", "--addr", "unix:///run/buildkit/buildkitd.sock", "build", *words, seconds=600)
    image = f"{bed_registry.address}/farm-images/{part}:1"
    assert bed.engine.docker("run", "--rm", "--network", "none", image, "--version").startswith(f"{program} ")
    user = bed.engine.docker("run", "--rm", "--network", "none", "--entrypoint", "id", image, "-un").strip()
    assert user == ("root" if part == "farmctl" else program)
