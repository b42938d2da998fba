"""Programs that a test starts: each with a log of its own, stopped with the test."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path


_LIBC = ctypes.CDLL(None)  # Loaded here: a child between fork and exec must not load anything.


class Failed(Exception):
    """A program of the test bed did not do what it must; the text tells where its log is."""


def free_port(address: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def wait_until(what: str, check, seconds: float = 60.0):
    """Asks check() until it answers with something true, and returns that. Failed if it takes too long."""
    end = time.monotonic() + seconds
    pause = 0.02
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def accepts(address: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection((address, port), timeout=1).close()
        return True
    except OSError:
        return False


def _end_with_parent() -> None:
    """In the child: SIGTERM comes when the test process ends, even by SIGKILL."""
    pr_set_pdeathsig = 1
    _LIBC.prctl(pr_set_pdeathsig, signal.SIGTERM)


class Process:
    """One program in a process group of its own, which ends with the test process. Its output goes to `log`."""

    def __init__(self, argv: list[str], log: Path, env: dict | None = None, cwd: Path | None = None):
        self.argv = [str(word) for word in argv]
        self.log = log
        with open(log, "ab") as out:
            self._child = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True,
                preexec_fn=_end_with_parent,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def wait_until(self, what: str, check, seconds: float = 60.0):
        """As wait_until, but fails at once when the program ends."""

        def check_alive():
            if not self.running:
                raise Failed(f"{self.argv[0]} ended with {self._child.returncode} ({what}):\n{self.tail()}")
            return check()

        return wait_until(f"{self.argv[0]}: {what}; log: {self.log}", check_alive, seconds)

    def signal(self, number: int) -> None:
        """Sends a signal to the whole group; nothing happens if it has ended."""
        if self.running:
            os.killpg(self._child.pid, number)

    def kill9(self) -> None:
        self.signal(signal.SIGKILL)
        self._child.wait()

    def stop(self, seconds: float = 10.0) -> int:
        """Asks the program to end, and makes it end if it doesn't. Returns its exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill9()
            return self._child.returncode

    def tail(self, lines: int = 20) -> str:
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(text[-lines:])
