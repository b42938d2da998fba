"""`buildx bake` as a careful user would run it: a builder that stays, a registry, a cache ref per target, mode=max."""

import json
import re
from pathlib import Path

from testbed import Registry

from .bases import Bases
from .buildkit import BuildKit, pull
from .measure import compiled, timed
from .project import Project


class BakeTool:
    name = "bake"

    def __init__(self, work: Path, tools: Path, project: Project, bases: Bases, pull_first: bool):
        self._work = work
        self._project = project
        self._bases = bases
        self._pull_first = pull_first
        bases.copy_to(work / "b/registry/data")
        self._registry = Registry(work / "b/registry")
        try:
            self._buildkit = BuildKit(work / "b/bk", tools, self._registry.address)
        except BaseException:
            self._registry.stop()
            raise

    def reset(self) -> None:
        """Empty BuildKit, a registry with nothing but base images."""
        self._registry.stop()
        self._bases.copy_to(self._work / "b/registry/data")
        self._registry.start()
        self._buildkit.empty()
        if self._pull_first:
            pull(self._buildkit.buildx("build"), self._buildkit.env, self._bases.references, self._work / "b/pull")

    def fresh_host(self) -> None:
        self._buildkit.empty()

    def build(self, log: Path, fresh: bool = False) -> dict:
        metadata = log.with_suffix(".json")
        metadata.unlink(missing_ok=True)
        words = self._buildkit.buildx("bake", *self._project.file_words, "--push", "--progress=plain")
        words += ["--metadata-file", metadata]
        for service, image in self._project.images.items():
            words += self._settings(_target(service), image)
        words += [_target(service) for service in self._project.images]
        pids = [self._buildkit.pid, self._registry.process.pid]
        timing = timed(words, self._project.folder, self._buildkit.env, log, pids).need_success("buildx bake")
        built = json.loads(metadata.read_text())
        digests = {service: built.get(_target(service), {}).get("containerimage.digest", "") for service in self._project.images}
        return timing.record | {"digests": digests, "compiled": compiled(timing.err.read_text(errors="replace"))}

    def close(self) -> None:
        self._buildkit.stop()
        self._registry.stop()

    def _settings(self, target: str, image: str) -> list[str]:
        cache = f"type=registry,ref={self._registry.address}/bench-cache/{target.lower()}:latest"
        values = {"tags": f"{self._registry.address}/{_path(image)}", "cache-from": cache, "cache-to": cache + ",mode=max"}
        return [word for key, value in values.items() for word in ("--set", f"{target}.{key}={value}")]


def _target(service: str) -> str:
    """As bake names the target of a compose service."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", service)


def _path(image: str) -> str:
    """An image's name without its registry."""
    first, _, rest = image.partition("/")
    return rest if rest and ("." in first or ":" in first or first == "localhost") else image
