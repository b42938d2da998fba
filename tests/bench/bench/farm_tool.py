"""The farm as a tool: `farmctl local up` with one agent, homes of its own, and `farmctl submit`."""

import json
import os
import signal
import subprocess
from pathlib import Path

from farm import FarmClient
from testbed import wait_until

from . import REPO
from .bases import Bases
from .buildkit import pull
from .measure import BenchError, Timing, remove_tree, run, timed
from .project import Project

# Ends the farm also where this process was killed: it waits until its standard input ends.
GUARD = 'read -r word; [ "$word" = done ] || { "$0" local down; rm -rf --one-file-system "$1"; } >/dev/null 2>&1'


class FarmTool:
    name = "farm"

    def __init__(self, work: Path, programs: Path, tools: Path, project: Project, bases: Bases, pull_first: bool):
        self._work = work
        self._tools = tools
        self._project = project
        self._bases = bases
        self._pull_first = pull_first
        extra = {"FARM_SHARE": str(REPO), "FARM_TOOLS_BIN": str(tools)}
        self._client = FarmClient(programs, work / "f", extra)
        self._state = work / "f/state/farm/local"
        self._fresh = 0
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, str(programs / "farmctl"), str(work)], stdin=subprocess.PIPE, env=self._client.env,
            start_new_session=True, text=True,
        )  # fmt: skip

    def reset(self) -> None:
        """New farm state, empty BuildKit, a registry with nothing but base images, and a client that knows nothing."""
        self._down()
        remove_tree(self._state)
        remove_tree(self._work / "f/cache/farm/index")
        self._bases.copy_to(self._state / "registry")
        self._up()
        if self._pull_first:
            self._pull()

    def fresh_host(self) -> None:
        """BuildKit is empty; the next build's client has never built before. Registry and results stay."""
        self._stop_part("buildkitd")
        remove_tree(self._state / "buildkit")
        self._up()
        self._fresh += 1

    def build(self, log: Path, fresh: bool = False) -> dict:
        client = self._client.another(self._work / f"f-client{self._fresh}") if fresh else self._client
        words = [client.programs / "farmctl", "submit", "--parallel", "--output", "json", *self._project.file_words]
        timing = timed(words, self._project.folder, client.env, log, self._pids()).need_success("farmctl submit")
        return timing.record | _outcome(timing)

    def close(self) -> None:
        self._down()
        self._guard.communicate("done\n")

    def _up(self) -> None:
        up = self._client.run("local", "up", "--agents", "1", "--stand-ins", "never", cwd=self._work)
        if up.code != 0:
            raise BenchError(str(up))

    def _down(self) -> None:
        if self._state.is_dir():
            self._client.run("local", "down")

    def _pid_of(self, part: str) -> int:
        try:
            return int((self._state / f"run/{part}.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            raise BenchError(f"the farm's {part} does not run") from None

    def _pids(self) -> list[int]:
        return [self._pid_of(path.stem) for path in sorted((self._state / "run").glob("*.pid"))]

    def _stop_part(self, part: str) -> None:
        """Stops one daemon; `farmctl local up` starts it again."""
        pid = self._pid_of(part)
        os.kill(pid, signal.SIGTERM)
        wait_until(f"the farm's {part} ends", lambda: not _lives(pid))
        (self._state / f"run/{part}.pid").unlink()

    def _pull(self) -> None:
        env = os.environ | {"BUILDX_CONFIG": str(self._work / "f-buildx")}
        socket = f"unix://{self._state}/run/buildkitd.sock"
        buildx = self._tools / "buildx"
        if not (self._work / "f-buildx").is_dir():
            run([buildx, "create", "--name", "farm", "--driver", "remote", socket], "naming the farm's builder", env=env)
        pull([buildx, "build", "--builder", "farm"], env, self._bases.references, self._work / "f-pull")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _outcome(timing: Timing) -> dict:
    """What the build did, from its JSON."""
    status = json.loads(timing.out.read_text())
    fields = ("name", "kind", "state", "reason", "queued_ms", "fetch_ms", "run_ms", "push_ms")
    jobs = [{field: job.get(field) for field in fields} for job in status["jobs"]]
    return {
        "jobs_run": status["counters"]["jobs_run"],
        "results": {service["service"]: service["result"] for service in status["services"]},
        "digests": {service["service"]: service["digest"] for service in status["services"]},
        "jobs": jobs,
    }
