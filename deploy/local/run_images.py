"""Runs images from a registry, one after the other, each until it has answered one request. See run-images.sh."""

import contextlib
import hashlib
import http.client
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2",
                 "docker.distribution.manifest.list.v2")
)  # fmt: skip
ANSWER_LIMIT = 1 << 20
MANIFEST_LIMIT = 4 << 20
SECONDS_TO_ANSWER = 20.0
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Problem(Exception):
    """Why an image did not run or answer, for the user."""


def quiet(argv: list, what: str) -> str:
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"cannot {what}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url: str, running, log) -> str:
    """The body of the first answer. Problem if the container ends, refuses, or says nothing for too long."""
    end = time.monotonic() + SECONDS_TO_ANSWER
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read(ANSWER_LIMIT).decode(errors="replace")
        except urllib.error.HTTPError as error:
            raise Problem(f"{url} answered {error.code}\n{log()}") from None
        except (OSError, http.client.HTTPException) as error:
            if not running():
                raise Problem(f"the container ended before it answered\n{log()}") from None
            if time.monotonic() > end:
                raise Problem(f"no answer from {url} in {SECONDS_TO_ANSWER:.0f} s ({error})\n{log()}") from None
        time.sleep(0.02)


# --- with Docker ------------------------------------------------------------------------------------------------------


def docker_answers() -> bool:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    return False


def run_with_docker(reference: str, path: str) -> str:
    port = free_port()
    quiet(["docker", "pull", "-q", reference], f"pull {reference}")
    argv = ["docker", "run", "-d", "--network", "host", "-e", f"PORT={port}", reference]
    container = quiet(argv, f"run {reference}").strip()
    try:
        state = ["docker", "inspect", "-f", "{{.State.Running}}", container]
        running = lambda: quiet(state, "inspect the container").strip() == "true"  # noqa: E731
        log = lambda: quiet(["docker", "logs", container], "read the log")  # noqa: E731
        return ask(f"http://127.0.0.1:{port}{path}", running, log)
    finally:
        quiet(["docker", "rm", "-f", container], "remove the container")


# --- with runc alone --------------------------------------------------------------------------------------------------


class Registry:
    def __init__(self, address: str):
        self._base = f"http://{address}/v2"

    def manifest(self, name: str, reference: str) -> dict:
        request = urllib.request.Request(f"{self._base}/{name}/manifests/{reference}", headers={"Accept": ACCEPT})
        found = json.loads(self._read(request, f"{name}:{reference}", MANIFEST_LIMIT))
        if "manifests" not in found:
            return found
        wanted = ARCHITECTURES.get(platform.machine(), platform.machine())
        for entry in found["manifests"]:
            if entry.get("platform", {}).get("architecture") == wanted:
                return self.manifest(name, entry["digest"])
        raise Problem(f"{name}:{reference} has no image for {wanted}")

    def blob(self, name: str, descriptor: dict, target: Path) -> Path:
        """Fetches a blob into a file and checks its digest."""
        request = urllib.request.Request(f"{self._base}/{name}/blobs/{descriptor['digest']}")
        target.write_bytes(self._read(request, descriptor["digest"], int(descriptor["size"])))
        if "sha256:" + hashlib.sha256(target.read_bytes()).hexdigest() != descriptor["digest"]:
            raise Problem(f"the registry sent something else for {descriptor['digest']}")
        return target

    def _read(self, request, what: str, limit: int) -> bytes:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read(limit)
        except urllib.error.HTTPError as error:
            raise Problem(f"cannot fetch {what}: the registry said {error.code}") from None
        except OSError as error:
            raise Problem(f"cannot fetch {what}: {error}") from None


def unpack_layer(blob: Path, media_type: str, root: Path) -> None:
    flag = ["--zstd"] if media_type.endswith("zstd") else ["-z"] if media_type.endswith("gzip") else []
    quiet(["tar", "-x", *flag, "-f", blob, "-C", root, "--numeric-owner"], f"unpack {blob.name}")
    for mark in root.rglob(".wh.*"):
        if mark.name != ".wh..wh..opq":
            quiet(["rm", "-rf", mark.with_name(mark.name.removeprefix(".wh."))], "carry out a deletion")
        mark.unlink()


def ids_of(user: str, root: Path) -> tuple[int, int]:
    """`65534:65534`, `nobody` or nothing (root) as numbers."""
    name, _, group = (user or "0:0").partition(":")
    if name.isdigit():
        return int(name), int(group) if group.isdigit() else 0
    passwd = root / "etc/passwd"
    for line in passwd.read_text().splitlines() if passwd.is_file() else []:
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2]), int(fields[3])
    raise Problem(f"the image wants user `{user}`, which it does not have")


def bundle_config(folder: Path, config: dict, port: int) -> None:
    quiet(["runc", "spec", "-b", folder], "write a runc specification")
    spec = json.loads((folder / "config.json").read_text())
    uid, gid = ids_of(config.get("User", ""), folder / "rootfs")
    spec["root"]["readonly"] = False
    spec["process"].update(terminal=False, user={"uid": uid, "gid": gid}, cwd=config.get("WorkingDir") or "/")
    spec["process"]["args"] = (config.get("Entrypoint") or []) + (config.get("Cmd") or [])
    spec["process"]["env"] = (config.get("Env") or []) + [f"PORT={port}"]
    # The machine's own network, as `--network host` has it.
    spec["linux"]["namespaces"] = [x for x in spec["linux"]["namespaces"] if x["type"] != "network"]
    (folder / "config.json").write_text(json.dumps(spec))


def run_with_runc(address: str, image: str, path: str) -> str:
    if os.geteuid() != 0:
        raise Problem("no Docker engine answers, and runc needs root")
    name, reference = re.fullmatch(r"([^@:]+)(?:[:@](.+))?", image).group(1, 2)
    registry = Registry(address)
    manifest = registry.manifest(name, reference or "latest")
    with tempfile.TemporaryDirectory(prefix="farm-run-") as temporary:
        folder = Path(temporary)
        (folder / "rootfs").mkdir()
        config = json.loads(registry.blob(name, manifest["config"], folder / "image.json").read_text())["config"]
        for number, layer in enumerate(manifest["layers"]):
            blob = registry.blob(name, layer, folder / f"layer{number}")
            unpack_layer(blob, layer["mediaType"], folder / "rootfs")
            blob.unlink()
        port = free_port()
        bundle_config(folder, config, port)
        return ask_bundle(folder, f"http://127.0.0.1:{port}{path}")


def ask_bundle(folder: Path, url: str) -> str:
    log = folder / "log"
    container = folder.name
    with open(log, "wb") as out:
        argv = ["runc", "run", "-b", str(folder), container]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        return ask(url, lambda: process.poll() is None, lambda: log.read_text(errors="replace")[-2000:])
    finally:
        subprocess.run(["runc", "kill", container, "KILL"], capture_output=True, check=False)
        process.wait()
        subprocess.run(["runc", "delete", "-f", container], capture_output=True, check=False)


# ----------------------------------------------------------------------------------------------------------------------


def main() -> int:
    runtime = os.environ.get("FARM_RUNTIME", "auto")
    if runtime not in ("auto", "docker", "runc"):
        print(f"run-images: error: FARM_RUNTIME=`{runtime}`: it must be auto, docker or runc", file=sys.stderr)
        return 2
    address, requests = sys.argv[1], sys.argv[2:]
    with_docker = runtime == "docker" or (runtime == "auto" and docker_answers())
    failed = 0
    for request in requests:
        image, _, path = request.partition("=")
        started = time.monotonic()
        try:
            path = path or "/health"
            answer = run_with_docker(f"{address}/{image}", path) if with_docker else run_with_runc(address, image, path)
            shown = " ".join(answer.split())
            print(f"ok    {image}  {path}  {shown[:100]}  ({time.monotonic() - started:.1f} s)", flush=True)
        except Problem as problem:
            failed += 1
            print(f"FAIL  {image}  {path}  {problem}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
