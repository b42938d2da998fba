"""Makes OCI images without a Docker daemon and pushes them to a registry.

Python's standard library only. A layer is a tar whose bytes depend on nothing but the files in it: sorted names, one
time stamp, owner 0. Layers are kept in a cache folder under a name that the caller chooses.
"""

import hashlib
import http.client
import io
import json
import os
import stat
import subprocess
import tarfile
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

EPOCH = 1704067200  # 2024-01-01T00:00:00Z: older than any source file, so no build takes these files for newer ones.
CREATED = "2024-01-01T00:00:00Z"
CHUNK = 1 << 20
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
COMPRESSORS = {
    "gzip": (["gzip", "-n", "-5"], "application/vnd.oci.image.layer.v1.tar+gzip"),
    "zstd": (["zstd", "-q", "-3", "-T2"], "application/vnd.oci.image.layer.v1.tar+zstd"),
}


class RegistryError(Exception):
    """The registry refused or was not there; the text is for the user."""


@dataclass(frozen=True)
class Layer:
    """A compressed layer on disk."""

    path: Path
    digest: str
    diff_id: str
    size: int
    media_type: str


@dataclass
class Entry:
    """One file for a layer: where it goes and where its content comes from."""

    name: str
    source: Path | None = None
    content: bytes | None = None
    mode: int = 0o644


@dataclass
class Image:
    """Layers and the configuration that a container starts with."""

    layers: list[Layer]
    env: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=lambda: ["bash"])
    workdir: str = ""


def entries_of_tree(root: Path, wanted=lambda name, status: True) -> list[Entry]:
    """Every file below root, by its path below root, except those that `wanted` refuses."""
    found = []
    for folder, folders, files in os.walk(root):
        for name in sorted(folders) + sorted(files):
            path = Path(folder) / name
            relative = str(path.relative_to(root))
            if wanted(relative, path.lstat()):
                found.append(Entry(relative, source=path))
    return found


class _Tee:
    """Hashes what passes through to a pipe."""

    def __init__(self, pipe):
        self._pipe = pipe
        self.hash = hashlib.sha256()

    def write(self, data):
        self.hash.update(data)
        self._pipe.write(data)
        return len(data)


def make_layer(folder: Path, key: str, compression: str, entries_maker) -> Layer:
    """The layer named `key` from the cache folder, or made from `entries_maker()` and kept there."""
    blob, note = folder / f"{key}.tar", folder / f"{key}.json"
    if not (blob.is_file() and note.is_file()):
        folder.mkdir(parents=True, exist_ok=True)
        _write_layer(blob, note, compression, entries_maker())
    known = json.loads(note.read_text())
    return Layer(blob, known["digest"], known["diff_id"], known["size"], known["media_type"])


def _write_layer(blob: Path, note: Path, compression: str, entries: list[Entry]) -> None:
    command, media_type = COMPRESSORS[compression]
    partial = blob.with_suffix(f".{os.getpid()}.part")
    try:
        with open(partial, "wb") as out:
            with subprocess.Popen(command + ["-c"], stdin=subprocess.PIPE, stdout=out) as process:
                tee = _Tee(process.stdin)
                _write_tar(tee, entries)
                process.stdin.close()
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {process.returncode}")
        digest, size = _digest_of(partial)
        facts = {"digest": digest, "size": size, "media_type": media_type}
        facts["diff_id"] = "sha256:" + tee.hash.hexdigest()
        partial.rename(blob)
        note_part = note.with_suffix(f".{os.getpid()}.part")
        note_part.write_text(json.dumps(facts))
        note_part.rename(note)
    finally:
        partial.unlink(missing_ok=True)


def _write_tar(out, entries: list[Entry]) -> None:
    first_name_of_inode: dict[tuple[int, int], str] = {}
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=CHUNK) as tar:
        for entry in sorted(entries, key=lambda e: e.name):
            info, stream = _header(entry, first_name_of_inode)
            if info is None:
                continue
            tar.addfile(info, stream)
            if stream is not None:
                stream.close()


def _header(entry: Entry, first_name_of_inode):
    info = tarfile.TarInfo(entry.name)
    info.mtime = EPOCH
    if entry.source is None:
        info.size, info.mode = len(entry.content), entry.mode
        return info, io.BytesIO(entry.content)
    status = entry.source.lstat()
    info.mode = stat.S_IMODE(status.st_mode)
    info.uid, info.gid = status.st_uid, status.st_gid
    if stat.S_ISLNK(status.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(entry.source)
        return info, None
    if stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
        return info, None
    if not stat.S_ISREG(status.st_mode):
        return None, None
    inode = (status.st_dev, status.st_ino)
    if status.st_nlink > 1 and inode in first_name_of_inode:
        info.type, info.linkname = tarfile.LNKTYPE, first_name_of_inode[inode]
        return info, None
    first_name_of_inode[inode] = entry.name
    info.size = status.st_size
    return info, open(entry.source, "rb")


def _digest_of(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return "sha256:" + digest.hexdigest(), size


class Registry:
    """Speaks the distribution API, plain HTTP, to one registry."""

    def __init__(self, address: str):
        self._address = address

    def push(self, image: Image, architecture: str, repository: str, tags: list[str]) -> str:
        """Pushes what is missing, then the manifest under each tag. Returns the manifest's digest."""
        for layer in image.layers:
            self._push_blob(repository, layer.digest, layer.size, lambda path=layer.path: open(path, "rb"))
        config = _config_of(image, architecture)
        digest, size = "sha256:" + hashlib.sha256(config).hexdigest(), len(config)
        self._push_blob(repository, digest, size, lambda: io.BytesIO(config))
        manifest = _manifest_of(image, digest, size)
        for tag in tags:
            headers = {"Content-Type": MANIFEST_TYPE}
            self._call("PUT", f"/v2/{repository}/manifests/{tag}", manifest, headers, (201,), f"tag {repository}:{tag}")
        return "sha256:" + hashlib.sha256(manifest).hexdigest()

    def _push_blob(self, repository: str, digest: str, size: int, opener) -> None:
        what = f"push {digest[:19]} to {repository}"
        status, _ = self._call("HEAD", f"/v2/{repository}/blobs/{digest}", None, {}, (200, 404), what)
        if status == 200:
            return
        _, headers = self._call("POST", f"/v2/{repository}/blobs/uploads/", b"", {}, (202,), what)
        place = urllib.parse.urlsplit(headers["Location"])
        query = (place.query + "&" if place.query else "") + "digest=" + urllib.parse.quote(digest)
        with opener() as stream:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
            self._call("PUT", f"{place.path}?{query}", stream, headers, (201,), what)

    def _call(self, method, path, body, headers, expected, what):
        try:
            connection = http.client.HTTPConnection(self._address, timeout=120)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read(4096).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise RegistryError(f"cannot {what}: the registry at {self._address} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status not in expected:
            raise RegistryError(f"cannot {what}: the registry at {self._address} said {answer.status}: {text.strip()}")
        return answer.status, answer.headers


def _config_of(image: Image, architecture: str) -> bytes:
    config = {"Env": image.env, "Cmd": image.cmd}
    if image.workdir:
        config["WorkingDir"] = image.workdir
    return _json(
        {
            "architecture": architecture,
            "os": "linux",
            "created": CREATED,
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in image.layers]},
            "history": [{"created": CREATED, "created_by": "farm stand-in"} for _ in image.layers],
        }
    )


def _manifest_of(image: Image, config_digest: str, config_size: int) -> bytes:
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": config_digest, "size": config_size},
            "layers": [{"mediaType": x.media_type, "digest": x.digest, "size": x.size} for x in image.layers],
        }
    )


def _json(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
