"""The project that is built: a copy, what `farmctl plan` and `cargo metadata` say of it, and the edits."""

import json
import re
import shutil
from pathlib import Path

from .measure import BenchError, run

COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
MARK = "FARM_BENCH_EDIT"
WORKSPACE_DEPTH_MAX = 3


class Project:
    """A copy of a compose project with a Cargo workspace. Nothing about any particular project is known here."""

    def __init__(self, source: Path, copy: Path, files: list[str], plan_with):
        """`plan_with(folder, words)` runs `farmctl plan` there and returns its JSON."""
        self.source = source
        self.folder = copy
        _copy(source, copy)
        self.files = files or _compose_files(copy)
        self.file_words = [word for file in self.files for word in ("-f", file)]
        plan = plan_with(copy, self.file_words)
        self.images = {service["service"]: service["image"] for service in plan["services"]}
        self.bases = sorted({base for job in plan["jobs"] for base in job["bases"]})
        self.workspace = _workspace(copy)
        self._packages = _packages(self.workspace)
        bins = {name for job in plan["jobs"] for name in job["bins"]}
        self.bins = sorted(bins or {target["name"] for _, target in self._bin_targets()})
        if not self.bins:
            raise BenchError(f"{source}: neither the plan nor the Cargo workspace has a binary to build")
        self._edits = 0

    def _bin_targets(self):
        for package in self._packages.values():
            for target in package["targets"]:
                if "bin" in target["kind"]:
                    yield package, target

    def _services(self) -> dict:
        """Each wanted binary's package and source file."""
        wanted = {target["name"]: (package, target) for package, target in self._bin_targets() if target["name"] in self.bins}
        missing = sorted(set(self.bins) - set(wanted))
        if missing:
            raise BenchError(f"{self.workspace}: the plan names binaries that cargo does not know: {', '.join(missing)}")
        return wanted

    def service_source(self, name: str = "") -> tuple[str, Path]:
        """The service that is edited: the one asked for, else that of middle size. Name and the binary's root file."""
        services = self._services()
        if name and name not in services:
            raise BenchError(f"no binary {name} is built; there are: {', '.join(services)}")
        by_size = sorted(services, key=lambda bin_name: (_lines(services[bin_name][0]), bin_name))
        chosen = name or by_size[len(by_size) // 2]
        return chosen, Path(services[chosen][1]["src_path"])

    def shared_source(self, name: str = "") -> tuple[str, Path] | None:
        """The local library that most services stand on: the one asked for, else the one with most dependants. None
        where no service has a local library below it."""
        closures = [self._closure(package["name"]) for package, _ in self._services().values()]
        below = {key: sum(key in closure for closure in closures) for key in self._packages}
        libraries = {key: path for key in self._packages if (path := self._library(key)) and below[key] > 0}
        if name and name not in libraries:
            raise BenchError(f"no local library {name} is below a service; there are: {', '.join(libraries) or 'none'}")
        if not libraries:
            return None
        local = {key: sum(key in self._closure(other) for other in self._packages) for key in libraries}
        chosen = name or max(libraries, key=lambda key: (below[key], local[key], key))
        return chosen, libraries[chosen]

    def _library(self, name: str) -> Path | None:
        for target in self._packages[name]["targets"]:
            if {"lib", "rlib"} & set(target["kind"]):
                return Path(target["src_path"])
        return None

    def _closure(self, name: str) -> set[str]:
        """The local packages that a package is built from, without itself."""
        seen, waiting = set(), [name]
        while waiting:
            package = self._packages[waiting.pop()]
            for dependency in package["dependencies"]:
                other = dependency["name"]
                if dependency.get("path") and dependency["kind"] != "dev" and other in self._packages and other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen - {name}

    def edit(self, file: Path) -> None:
        """Changes one line of a source file, differently each time, so that the compiled code differs too."""
        self._edits += 1
        line = f"#[allow(dead_code)] #[used] static {MARK}: u64 = {self._edits};\n"
        kept = [old for old in file.read_text().splitlines(keepends=True) if MARK not in old]
        text = "".join(kept)
        file.write_text(text + ("" if text.endswith("\n") else "\n") + line)

    @property
    def version(self) -> int:
        """Grows with each edit."""
        return self._edits


def _copy(source: Path, copy: Path) -> None:
    if not (source / "Cargo.toml").is_file() and not any((source / name).is_file() for name in COMPOSE_NAMES):
        raise BenchError(f"{source} has neither a compose file nor a Cargo.toml: give the folder of a compose project")

    def left_out(folder, names):
        return [name for name in names if name == "target" and (Path(folder) / name / "CACHEDIR.TAG").is_file()]

    shutil.copytree(source, copy, symlinks=True, ignore=left_out)


def _compose_files(folder: Path) -> list[str]:
    """As docker compose finds them: the first of the names, and its override beside it."""
    for name in COMPOSE_NAMES:
        if (folder / name).is_file():
            stem = re.sub(r"\.ya?ml$", "", name)
            overrides = [f"{stem}.override.{ending}" for ending in ("yml", "yaml")]
            return [name] + [other for other in overrides if (folder / other).is_file()][:1]
    raise BenchError(f"{folder} has no compose file; name it with --file")


def _workspace(folder: Path) -> Path:
    """The folder of the Cargo workspace: the project's own, or the first one below it."""
    found = sorted(
        (path.parent for path in folder.rglob("Cargo.toml") if len(path.relative_to(folder).parts) <= WORKSPACE_DEPTH_MAX),
        key=lambda parent: (len(parent.parts), str(parent)),
    )
    if not found:
        raise BenchError(f"{folder} has no Cargo.toml: bare cargo is the limit that the others are compared with")
    return found[0]


def _packages(workspace: Path) -> dict:
    words = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    text = run(words, "reading the Cargo workspace", cwd=workspace)
    return {package["name"]: package for package in json.loads(text)["packages"]}


def _lines(package: dict) -> int:
    folder = Path(package["manifest_path"]).parent
    return sum(len(path.read_text(errors="replace").splitlines()) for path in (folder / "src").rglob("*.rs"))
