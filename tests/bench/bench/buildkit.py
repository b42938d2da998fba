"""A BuildKit of its own: data folder, socket, and a buildx that knows only this one. Configured from the same template
as the farm's."""

import os
from pathlib import Path

from testbed import Process

from . import REPO
from .measure import remove_tree, run

SETTINGS = {"registry_http": "true", "buildkit_max_used": "20GB", "buildkit_min_free": "5GB"}
UNPACK = "FROM {base} AS b{index}\n"
TOUCH = "COPY --from=b{index} /etc/passw[d] /{index}/\n"


class BuildKit:
    """Runs from construction until stop(), and not longer than this process."""

    def __init__(self, folder: Path, tools: Path, registry: str):
        self._folder = folder
        self._tools = tools
        self.socket = folder / "bk.sock"
        folder.mkdir(parents=True, exist_ok=True)
        values = SETTINGS | {"buildkit_data": str(folder / "data"), "buildkit_socket": str(self.socket), "registry": registry}
        text = (REPO / "deploy/templates/buildkitd.toml").read_text()
        for key, value in values.items():
            text = text.replace("{{ " + key + " }}", value)
        (folder / "buildkitd.toml").write_text(text)
        self.env = os.environ | {"BUILDX_CONFIG": str(folder / "buildx")}
        run(self._words("create", "--name", "bench", "--driver", "remote", f"unix://{self.socket}"), "naming a builder", env=self.env)
        self.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        words = [self._tools / "buildkitd", "--config", self._folder / "buildkitd.toml"]
        self._process = Process(words, self._folder / "buildkitd.log")
        self._process.wait_until("it listens", self.socket.exists)

    def stop(self) -> None:
        self._process.stop(20)
        self.socket.unlink(missing_ok=True)

    def empty(self) -> None:
        """Starts anew with nothing in it."""
        self.stop()
        remove_tree(self._folder / "data")
        self.start()

    def buildx(self, verb: str, *words) -> list:
        return self._words(verb, "--builder", "bench", *words)

    def _words(self, *words) -> list:
        return [self._tools / "buildx", *words]


def pull(buildx: list, env: dict, references: list[str], folder: Path) -> None:
    """Fetches and unpacks base images into a BuildKit. `buildx` is the command up to its options."""
    if not references:
        return
    lines = [UNPACK.format(base=base, index=index) for index, base in enumerate(references)]
    lines += ["FROM scratch\n"] + [TOUCH.format(index=index) for index in range(len(references))]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text("".join(lines))
    run([*buildx, "--output", "type=cacheonly", folder], "fetching base images", env=env)
