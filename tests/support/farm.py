"""farmctl as the tests use it: every farm with homes of its own, so that no test sees the user's farm or another's."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
MARKET = REPO / "examples/market"
PROGRAMS = ("farmctl", "farm-coordinator", "farm-agent")
# What is made once per machine and is no part of a farm: shared by all farms of all tests.
SHARED_CACHES = ("tools", "standins", "testbed")


@dataclass
class Answer:
    """What a run of farmctl left: exit code and both streams."""

    argv: list[str]
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        try:
            return json.loads(self.out)
        except json.JSONDecodeError as error:
            raise AssertionError(f"{self} did not print JSON: {error}") from None

    def __str__(self) -> str:
        streams = f"--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"
        return f"`{' '.join(self.argv)}` exit {self.code}\n{streams}"


@dataclass
class FarmClient:
    """Runs farmctl with private XDG homes below `home`."""

    programs: Path
    home: Path
    extra_env: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("state", "cache", "config", "run"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        farm_cache = self.home / "cache/farm"
        farm_cache.mkdir(exist_ok=True)
        for name in SHARED_CACHES:
            shared = user_cache() / name
            shared.mkdir(parents=True, exist_ok=True)
            if not (farm_cache / name).exists():
                (farm_cache / name).symlink_to(shared)

    @property
    def env(self) -> dict:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FARM_")}
        homes = {f"XDG_{kind.upper()}_HOME": str(self.home / kind) for kind in ("state", "cache", "config")}
        return {**kept, **homes, "XDG_RUNTIME_DIR": str(self.home / "run"), **self.extra_env}

    def run(self, *words, cwd: Path | None = None, seconds: float = 600) -> Answer:
        """Runs farmctl to its end, whatever its exit code."""
        argv = [str(self.programs / "farmctl"), *(str(word) for word in words)]
        done = subprocess.run(
            argv, cwd=cwd or self.home, env=self.env, capture_output=True, text=True, timeout=seconds, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Answer(argv, done.returncode, done.stdout, done.stderr)

    def start(self, *words, cwd: Path) -> subprocess.Popen:
        """Starts farmctl and leaves it running, for tests that break something meanwhile."""
        argv = [str(self.programs / "farmctl"), *(str(word) for word in words)]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(argv, cwd=cwd, env=self.env, text=True, **streams)

    def submit(self, project: Path, *words, seconds: float = 600) -> Answer:
        """`farmctl submit --output json` in a project."""
        return self.run("submit", "--output", "json", *words, cwd=project, seconds=seconds)

    # --- the parts of a farm that `farmctl local up` started here

    @property
    def local(self) -> Path:
        return self.home / "state/farm/local"

    @property
    def registry(self) -> str:
        """host:port of the local farm's registry."""
        ports = dict(line.split() for line in (self.local / "ports").read_text().splitlines())
        return f"127.0.0.1:{ports['registry']}"

    def pid(self, part: str) -> int:
        """The process of a part: `registry`, `buildkitd`, `coordinator`, `local-1`, …"""
        return int((self.local / f"run/{part}.pid").read_text().split()[0])

    def kill9(self, part: str) -> None:
        """Kills a part and waits until it is gone. `up()` starts it again."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 30
        while is_alive(pid):
            assert time.monotonic() < end, f"{part} ({pid}) survives kill -9"
            time.sleep(0.01)

    def up(self, agents: int = 2, cwd: Path = MARKET) -> Answer:
        """`farmctl local up`: starts what doesn't run."""
        answer = self.run("local", "up", "--agents", agents, cwd=cwd)
        assert answer.code == 0, str(answer)
        return answer

    def another(self, home: Path) -> "FarmClient":
        """A client that never built before, with the same farm."""
        other = FarmClient(self.programs, home, dict(self.extra_env))
        state = self.home / "state/farm"
        if state.is_dir():
            (home / "state/farm").symlink_to(state)
        return other


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def unmount_below(folder: Path) -> None:
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((point for point in points if Path(point).is_relative_to(folder)), reverse=True):
        subprocess.run(["umount", point], check=False)


def user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "farm"


def copy_market(target: Path) -> Path:
    """A copy of the example project that a test may change."""
    shutil.copytree(MARKET, target, ignore=shutil.ignore_patterns("target"))
    return target


def missing_programs(folder: Path) -> list[str]:
    return [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]
