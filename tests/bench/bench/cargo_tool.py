"""Bare `cargo build --release` of the same binaries on this machine: the limit that images can hardly go below."""

import hashlib
from pathlib import Path

from .bases import clean_cargo_env
from .measure import compiled, remove_tree, timed
from .project import Project


class CargoTool:
    name = "bare"

    def __init__(self, work: Path, project: Project, cargo_home: Path):
        self._project = project
        self._target = work / "target"
        self._env = clean_cargo_env(cargo_home) | {"CARGO_TARGET_DIR": str(self._target)}

    def reset(self) -> None:
        remove_tree(self._target)

    def build(self, log: Path, fresh: bool = False) -> dict:
        words = ["cargo", "build", "--release"] + [word for name in self._project.bins for word in ("--bin", name)]
        timing = timed(words, self._project.workspace, self._env, log, []).need_success("cargo build")
        built = {name: self._target / "release" / name for name in self._project.bins}
        digests = {name: "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() for name, path in built.items()}
        return timing.record | {"digests": digests, "compiled": compiled(timing.err.read_text(errors="replace"))}

    def close(self) -> None:
        pass
