"""A registry of its own for a test: Debian's docker-registry, no TLS, no login."""

import json
import urllib.request
from pathlib import Path

from .processes import Process, accepts, free_port
from .templates import fill_template


class Registry:
    """Runs on `host`, by default on loopback; `address` is what goes before the slash of an image's name."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0):
        self._folder = folder
        self._host = host
        self._port = port or free_port(host)
        self.address = f"{host}:{self._port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "config.yml"
        self.data = folder / "data"
        config = fill_template("registry.yml", registry_data=self.data, registry_listen=self.address)
        self._config.write_text(config)
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

    def layers(self, repository: str, digest: str) -> list[str]:
        """The digests of an image's layers, the lowest first."""
        request = urllib.request.Request(
            f"http://{self.address}/v2/{repository}/manifests/{digest}",
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return [layer["digest"] for layer in json.load(answer)["layers"]]
