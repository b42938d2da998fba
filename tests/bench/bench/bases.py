"""What no tool shall be measured by: base images and crates are on this machine before anything is timed.

A registry is filled once with the project's docker.io base images (stand-ins where Docker Hub can't be reached). Those
that hold cargo get one more layer: the crates of the lockfile, downloaded once, in their CARGO_HOME. Each tool's own
registry then begins as a copy of that one; bare cargo has the same crates in a CARGO_HOME of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from testbed import Registry

from . import REPO
from .buildkit import BuildKit
from .measure import BenchError, remove_tree, run

CARGO_FOLDERS = ("registry", "git")
WARM = """FROM {base}
RUN --mount=type=bind,target=/farm-bench-crates cargo --version && home=${{CARGO_HOME:-$HOME/.cargo}} && mkdir -p "$home" \\
 && cp -r /farm-bench-crates/. "$home/"
"""


def familiar(base: str) -> str | None:
    """`docker.io/library/debian:x` as Dockerfiles name it; None for an image of another registry or with a digest."""
    if not base.startswith("docker.io/") or "@" in base:
        return None
    return base.removeprefix("docker.io/").removeprefix("library/")


def clean_cargo_env(home: Path) -> dict:
    """The environment of bare cargo: nothing that a container would not see (wrappers, flags, other targets)."""
    unwanted = ("CARGO_", "RUSTFLAGS", "RUSTC_", "RUSTDOC")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    for name in ("CARGO_HTTP_CAINFO", "CARGO_HTTP_PROXY"):
        if name in os.environ:
            kept[name] = os.environ[name]
    return kept | {"CARGO_HOME": str(home)}


def fetch_crates(workspace: Path, home: Path) -> None:
    home.mkdir(parents=True)
    host = next(line for line in run(["rustc", "-vV"], "asking rustc").splitlines() if line.startswith("host: "))
    locked = ["--locked"] if (workspace / "Cargo.lock").is_file() else []
    words = ["cargo", "fetch", *locked, "--target", host.removeprefix("host: ")]
    run(words, "downloading the crates", cwd=workspace, env=clean_cargo_env(home))


class Bases:
    """The filled registry's data, to be copied."""

    def __init__(self, work: Path, tools: Path, bases: list[str], cargo_home: Path):
        self.references = [name for base in bases if (name := familiar(base))]
        self.elsewhere = [base for base in bases if not familiar(base)]
        self.warmed: list[str] = []
        self._folder = work / "bases"
        self._crates = self._folder / "crates"
        self._crates.mkdir(parents=True)
        for name in CARGO_FOLDERS:
            if (cargo_home / name).is_dir():
                shutil.copytree(cargo_home / name, self._crates / name, symlinks=True)
        registry = Registry(self._folder / "registry")
        try:
            self._fill(registry, tools)
        finally:
            registry.stop()

    def copy_to(self, data: Path) -> None:
        """Makes `data` the data folder of a registry that holds the base images and nothing else."""
        remove_tree(data)
        data.parent.mkdir(parents=True, exist_ok=True)
        run(["cp", "-a", self._folder / "registry/data", data], "copying the base images")

    def _fill(self, registry: Registry, tools: Path) -> None:
        if not self.references:
            return
        script = REPO / "deploy/local/base-images.sh"
        made = run([script, registry.address, *self.references], "making stand-ins for base images")
        stand_ins = {line.split()[0].removeprefix("library/") for line in made.splitlines()}
        buildkit = BuildKit(self._folder / "bk", tools, registry.address)
        try:
            for reference in self.references:
                self._warm(buildkit, registry.address, reference, reference in stand_ins)
        finally:
            buildkit.stop()
        remove_tree(self._folder / "bk")

    def _warm(self, buildkit: BuildKit, address: str, reference: str, there: bool) -> None:
        """Pushes the image with the crates in it; an image without cargo is pushed as it is, if it isn't there."""
        path = reference if "/" in reference else f"library/{reference}"
        output = f"type=image,name={address}/{path},push=true,oci-mediatypes=true,compression=zstd"
        if self._build(buildkit, WARM.format(base=reference), output) == "":
            self.warmed.append(reference)
        elif not there and (problem := self._build(buildkit, f"FROM {reference}\n", output)):
            raise BenchError(f"the base image {reference} can't be had:\n{problem}")

    def _build(self, buildkit: BuildKit, dockerfile: str, output: str) -> str:
        """Empty where it worked, else what went wrong."""
        file = self._folder / "Dockerfile"
        file.write_text(dockerfile)
        words = buildkit.buildx("build", "--provenance=false", "--output", output, "-f", file, self._crates)
        done = subprocess.run(words, env=buildkit.env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return "" if done.returncode == 0 else done.stderr[-2000:]
