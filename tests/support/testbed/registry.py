"""A registry of its own for a test: Debian's docker-registry, no TLS, no login."""

import json
import urllib.request
from pathlib import Path

from .processes import Process, accepts, free_port

CONFIG = """version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: {folder}}}
  delete: {{enabled: true}}
http: {{addr: "{address}"}}
"""


class Registry:
    """Runs on `host`, by default on loopback; `address` is what goes before the slash of an image's name."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0):
        self._folder = folder
        self._host = host
        self._port = port or free_port(host)
        self.address = f"{host}:{self._port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "config.yml"
        self._config.write_text(CONFIG.format(folder=folder / "data", address=self.address))
        self.start()

    def start(self) -> None:
        argv = ["docker-registry", "serve", str(self._config)]
        self.process = Process(argv, self._folder / "log")
        self.process.wait_until("it listens", lambda: accepts(self._host, self._port))

    def stop(self) -> None:
        self.process.stop()

    def repositories(self) -> list[str]:
        with urllib.request.urlopen(f"http://{self.address}/v2/_catalog?n=1000", timeout=10) as answer:
            return json.load(answer)["repositories"]

    def tags(self, repository: str) -> list[str]:
        with urllib.request.urlopen(f"http://{self.address}/v2/{repository}/tags/list", timeout=10) as answer:
            return json.load(answer).get("tags") or []
