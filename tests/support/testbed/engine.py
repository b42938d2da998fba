"""A Docker Engine started by hand below a folder, and its client."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from .processes import Failed, Process, free_port, wait_until

CLIENT = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"


class EngineError(Failed):
    """The client said no; the text has the command and what it answered."""


class Engine:
    """The folder's path must be short: the daemon puts sockets below it, and a socket's path ends at 108 bytes."""

    def __init__(self, folder: Path, program: Path | str = "dockerd"):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._socket = folder / "s"
        (folder / "client").mkdir(exist_ok=True)
        argv = [program, "--data-root", folder / "data", "--exec-root", folder / "exec"]
        argv += ["-H", f"unix://{self._socket}"]
        # No default bridge: it would have one name and one address for every engine on the machine.
        argv += ["--pidfile", folder / "pid", "--bridge", "none"]
        # A test's registry at the gateway of one of Docker's own networks speaks plain HTTP.
        argv += [f"--insecure-registry={network}" for network in ("172.16.0.0/12", "192.168.0.0/16")]
        self._daemon = Process(argv, folder / "log")
        try:
            self._daemon.wait_until("the engine answers", lambda: self._call(["version"]).returncode == 0, 60)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._daemon.stop(30)
        # A container that outlived its engine would hold the mounts below the folder.
        for mount in reversed(_mounts_below(self._folder)):
            subprocess.run(["umount", "-l", mount], check=False, capture_output=True)

    def docker(self, *words, stdin=None, seconds: float = 120) -> str:
        """Runs the client. Returns standard output, or raises EngineError."""
        argv = [str(word) for word in words]
        done = self._call(argv, stdin=stdin, seconds=seconds)
        if done.returncode != 0:
            text = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
            raise EngineError(f"docker {' '.join(argv)}: exit {done.returncode}: {text}")
        return done.stdout.decode(errors="replace")

    def environment(self, *folders: Path) -> dict:
        """Variables for programs that are to use this engine, and programs in these folders first."""
        path = ":".join([*(str(folder) for folder in folders), os.environ.get("PATH", "/usr/bin:/bin")])
        return {"DOCKER_HOST": f"unix://{self._socket}", "DOCKER_CONFIG": str(self._folder / "client"), "PATH": path}

    def inspect(self, name: str) -> dict:
        return json.loads(self.docker("inspect", name))[0]

    def run_image(self, reference: str, path: str = "/health", env: dict | None = None) -> str:
        """Pulls an image, runs it with PORT set to a free port, and returns its answer to GET `path`.

        The container is removed. An answer other than 200, or none within 20 s, is an EngineError with the
        container's log."""
        port = free_port()
        self.docker("pull", "-q", reference, seconds=300)
        words = [word for key, value in {**(env or {}), "PORT": port}.items() for word in ("-e", f"{key}={value}")]
        container = self.docker("run", "-d", "--network", "host", *words, reference).strip()
        try:
            url = f"http://127.0.0.1:{port}{path}"
            return wait_until(f"{reference} answers {url}", lambda: self._answer(container, url), 20)
        except Failed as failure:
            raise EngineError(f"{failure}\n{self._logs(container)}") from None
        finally:
            self.docker("rm", "-f", container)

    def _answer(self, container: str, url: str) -> str | None:
        if not self.inspect(container)["State"]["Running"]:
            raise Failed(f"the container of {url} ended")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read(1 << 20).decode()
        except urllib.error.HTTPError as error:
            raise Failed(f"{url} answered {error.code}") from None
        except OSError:
            return None

    def _logs(self, container: str) -> str:
        done = self._call(["logs", "--tail", "20", container])
        return (done.stdout + done.stderr).decode(errors="replace")

    def _call(self, argv: list[str], stdin=None, seconds: float = 120):
        env = {**os.environ, "DOCKER_CONFIG": str(self._folder / "client")}
        command = [CLIENT, "-H", f"unix://{self._socket}", *argv]
        source = {"stdin": stdin if stdin is not None else subprocess.DEVNULL}
        return subprocess.run(command, **source, capture_output=True, env=env, timeout=seconds, check=False)


def _mounts_below(folder: Path) -> list[str]:
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [point for point in points if point.startswith(f"{folder}/")]
