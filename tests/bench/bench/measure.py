"""Wall and CPU seconds of one command, together with what daemons did for it meanwhile."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
COMMAND_SECONDS_MAX = 3600


class BenchError(Exception):
    """What could not be done and why, for the user."""


@dataclass
class Timing:
    """One timed command. `cpu_s` has a grain of one clock tick (10 ms) per daemon."""

    wall_s: float
    cpu_s: float
    load: float  # 1-minute load average just before: above 1 or so, the machine was not quiet
    code: int
    out: Path
    err: Path

    def need_success(self, what: str) -> "Timing":
        if self.code != 0:
            tails = "\n".join(_tail(path) for path in (self.out, self.err))
            raise BenchError(f"{what} ended with {self.code}; the end of its output:\n{tails}")
        return self

    @property
    def record(self) -> dict:
        return {"wall_s": round(self.wall_s, 4), "cpu_s": round(self.cpu_s, 3), "load": round(self.load, 2)}


def cpu_of(pids: list[int]) -> float:
    """CPU seconds of these processes and of all their children that ended and were waited for. For BuildKit that is
    every step's process: runc waits for the container, BuildKit for runc."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            raise BenchError(f"process {pid}, a daemon that is being measured, has ended") from None
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS_PER_SECOND


def timed(argv: list, cwd: Path, env: dict, log: Path, pids: list[int]) -> Timing:
    """Runs a command to its end; output goes to LOG.out and LOG.err. `pids` are the daemons that work for it.

    What earlier steps left to be written to disk is written before the clock starts, for every tool alike."""
    os.sync()
    load = os.getloadavg()[0]
    out, err = log.with_suffix(".out"), log.with_suffix(".err")
    with open(out, "wb") as out_file, open(err, "wb") as err_file:
        before = cpu_of(pids)
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in argv], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                                 stdout=out_file, stderr=err_file)  # fmt: skip
        code, usage = _wait(child)
        wall = time.perf_counter() - start
        cpu = cpu_of(pids) - before + usage.ru_utime + usage.ru_stime
    return Timing(wall, cpu, load, code, out, err)


def _wait(child: subprocess.Popen):
    """Exit code and use of resources of a child; it is ended if it takes too long or we are interrupted."""
    alarm = threading.Timer(COMMAND_SECONDS_MAX, child.kill)
    alarm.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except BaseException:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    finally:
        alarm.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait for it again
    return child.returncode, usage


def run(argv: list, what: str, cwd: Path | None = None, env: dict | None = None) -> str:
    """Runs a command that is not measured; its standard output, or BenchError with the end of its output."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          timeout=COMMAND_SECONDS_MAX)  # fmt: skip
    if done.returncode != 0:
        raise BenchError(f"{what}: `{' '.join(words)}` ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def compiled(text: str) -> int:
    """How many crates cargo said that it compiles. Clipped logs make it a lower bound."""
    return sum(1 for line in text.splitlines() if " Compiling " in line)


def remove_tree(folder: Path) -> None:
    """Removes a folder; what an ended BuildKit left mounted below it is unmounted first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
    subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:]
