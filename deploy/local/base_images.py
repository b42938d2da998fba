"""Makes stand-ins for the base images that a project's Dockerfiles name, where Docker Hub cannot be reached.

Called by base-images.sh, which says how. What is made:
  debian:<bookworm tags>                    a slim Debian 12 from debootstrap
  rust:<tags>                               that, a C linker, this machine's Rust toolchain and its CA bundle
  lukemathwalker/cargo-chef:<tags>          that, and cargo-chef
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import oci

FORMAT = "1"  # Part of each layer's key: raise it when what goes into a layer changes.
SUITE = "bookworm"
BUILD_PACKAGES = ["gcc", "libc6-dev", "pkg-config", "ca-certificates"]
DEBIAN_RUST = ["rustc-web", "cargo-web"]  # where this machine's own Rust is Debian's too
SLIM = """path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
"""
# Left out of every layer: caches, logs and what a container gets from outside.
LEFT_OUT = re.compile(
    r"^(dev|proc|sys|run|tmp|boot|var/log|var/lib/apt/lists|var/cache/apt|var/cache/ldconfig|debootstrap)/.+"
    r"|^var/cache/debconf/.*-old$|^var/lib/dpkg/.*-old$|^etc/(resolv\.conf|hostname|\.pwd\.lock|machine-id)$"
    r"|^etc/(passwd|group|shadow|gshadow)-$|^root/\.(wget-hsts|bash_history)$"
)
SLIM_OUT = re.compile(r"^usr/share/(groff|info|lintian|locale|man|doc/[^/]+)/(?!copyright$).+")
PATH = "/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
DEBIAN_TAGS = re.compile(r"^(bookworm|12(\.\d+)?|stable|bookworm-\d{8})(-slim)?$|^latest$")
NOT_NEEDED = 3
MUSL = re.compile(r"alpine|musl")


class Problem(Exception):
    """What is wrong and what to do, for the user."""


def say(text: str) -> None:
    print(f"base-images: {text}", file=sys.stderr, flush=True)


def run(command: list[str], what: str, **options) -> str:
    """Runs a command; its output is shown only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise Problem(f"cannot {what}: `{' '.join(command)}` ended with {done.returncode}:\n{tail}")
    return done.stdout


def key(*parts: str) -> str:
    return hashlib.sha256("\0".join((FORMAT,) + parts).encode()).hexdigest()[:24]


def file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def kept(name: str, _status=None) -> bool:
    return not LEFT_OUT.search(name) and not SLIM_OUT.search(name)


def package_sources() -> list[tuple[str, str]]:
    """This machine's own mirrors of the suite, its updates and its security updates, as (address, name).

    Empty on a machine that isn't of this suite: debootstrap then takes its own default."""
    names = [SUITE, f"{SUITE}-updates", f"{SUITE}-security"]
    wanted = ["--format", "$(REPO_URI) $(CODENAME) $(ORIGIN) $(COMPONENT)", "Created-By: Packages"]
    text = run(["apt-get", "indextargets", *wanted], "read where this machine's Debian packages come from")
    found = {}
    for words in (line.split() for line in text.splitlines()):
        if len(words) == 4 and words[1] in names and words[2:] == ["Debian", "main"]:
            found.setdefault(words[1], words[0].rstrip("/"))
    return [(found[name], name) for name in names if name in found] if SUITE in found else []


def install_in(root: Path, packages: list[str]) -> None:
    """Installs Debian packages in the tree at root, from the sources that its apt names."""
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    for device, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        if not (root / "dev" / device).exists():
            os.mknod(root / "dev" / device, stat.S_IFCHR | 0o666, os.makedev(1, minor))
            (root / "dev" / device).chmod(0o666)
    environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    apt = ["chroot", str(root), "apt-get", "-q", "-y"]
    run(apt + ["update"], "read Debian's package lists", env=environment)
    run(apt + ["install", "--no-install-recommends"] + packages, f"install {' '.join(packages)}", env=environment)


class Layers:
    """The layers of all stand-ins, each made when it is first asked for."""

    def __init__(self, cache: Path, architecture: str):
        self._cache = cache
        self._architecture = architecture
        self._trees: list[tempfile.TemporaryDirectory] = []  # Removed when this object goes.

    def debian(self) -> oci.Layer:
        sources = "".join(f"deb {address} {name} main\n" for address, name in package_sources())
        name = "debian-" + key(SUITE, self._architecture, SLIM, sources)
        return oci.make_layer(self._cache, name, "gzip", lambda: self._debian_entries(sources))

    def unpack_debian(self, root: Path) -> None:
        run(["tar", "-xf", str(self.debian().path), "-z", "-C", str(root)], "unpack the Debian layer")

    def rust(self) -> list[oci.Layer]:
        """What a compiler needs, and the toolchain: this machine's own, or the packages where it is Debian's."""
        version = run(["rustc", "-vV"], "find the Rust toolchain")
        sysroot = Path(run(["rustc", "--print", "sysroot"], "find the Rust toolchain").strip())
        if sysroot == Path("/usr"):
            return [self.packages(BUILD_PACKAGES + DEBIAN_RUST, version)]
        name = "rust-" + key(version, self._architecture)
        toolchain = oci.make_layer(self._cache, name, "zstd", lambda: self._toolchain_entries(version, sysroot))
        return [self.packages(BUILD_PACKAGES), toolchain]

    def packages(self, names: list[str], *versions: str) -> oci.Layer:
        name = "packages-" + key(self.debian().digest, *names, *versions)
        return oci.make_layer(self._cache, name, "zstd", lambda: self._package_entries(names))

    def certificates(self) -> oci.Layer:
        bundle = Path(os.environ.get("SSL_CERT_FILE") or CA_BUNDLE)
        if not bundle.is_file():
            raise Problem(f"no CA bundle at {bundle}: install ca-certificates or set SSL_CERT_FILE")
        name = "certificates-" + key(file_digest(bundle))
        entry = oci.Entry(CA_BUNDLE.lstrip("/"), content=bundle.read_bytes())
        return oci.make_layer(self._cache, name, "gzip", lambda: [entry])

    def cargo_chef(self, program: Path) -> oci.Layer:
        name = "cargo-chef-" + key(file_digest(program))
        entry = oci.Entry("usr/local/cargo/bin/cargo-chef", content=program.read_bytes(), mode=0o755)
        return oci.make_layer(self._cache, name, "gzip", lambda: [entry])

    def _temporary_tree(self) -> Path:
        self._trees.append(tempfile.TemporaryDirectory(prefix="farm-tree-"))
        return Path(self._trees[-1].name)

    def _debian_entries(self, sources: str) -> list[oci.Entry]:
        say(f"making a Debian {SUITE} tree (about a minute, once per machine)")
        root = self._temporary_tree()
        mirror = [address for address, _ in package_sources()[:1]]
        run(["debootstrap", "--variant=minbase", SUITE, str(root), *mirror], "make a Debian tree")
        (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(SLIM)
        if sources:
            (root / "etc/apt/sources.list").write_text(sources)
        shadow = root / "etc/shadow"
        shadow.write_text(re.sub(r"(?m)^([^:]*:[^:]*):\d+:", r"\1:19723:", shadow.read_text()))
        for folder in ("tmp", "run", "dev", "proc", "sys"):
            (root / folder).mkdir(exist_ok=True)
        return oci.entries_of_tree(root, kept)

    def _package_entries(self, names: list[str]) -> list[oci.Entry]:
        say(f"installing {' '.join(names)} on top (half a minute, once per machine)")
        root = self._temporary_tree()
        self.unpack_debian(root)
        before = {entry.name: _signature(entry.source) for entry in oci.entries_of_tree(root)}
        install_in(root, names)

        def changed(name, status):
            return kept(name) and before.get(name) != _signature(root / name)

        return oci.entries_of_tree(root, changed)

    def _toolchain_entries(self, version: str, sysroot: Path) -> list[oci.Entry]:
        say("packing this machine's Rust toolchain (half a minute, once per toolchain)")
        host = re.search(r"(?m)^host: (\S+)", version).group(1)
        wanted = re.compile(rf"^(bin/(rustc|cargo)$|lib/[^/]+\.so|lib/rustlib/{re.escape(host)}/)")
        entries = oci.entries_of_tree(sysroot, lambda name, status: bool(wanted.search(name)))
        return [oci.Entry("usr/local/" + entry.name, source=entry.source) for entry in entries]


def _signature(path: Path):
    status = path.lstat()
    target = os.readlink(path) if path.is_symlink() else ""
    size, time = (0, 0) if path.is_dir() else (status.st_size, status.st_mtime_ns)
    return status.st_mode, size, time, target


def image_for(reference: str, layers: Layers, chef: Path) -> oci.Image:
    """The stand-in for one reference as a Dockerfile names it, or a Problem."""
    name, tag = split(reference)
    if MUSL.search(tag):
        raise Problem(f"{reference}: there are no stand-ins on musl; name a bookworm tag, or make Docker Hub reachable")
    if name == "library/debian" and DEBIAN_TAGS.search(tag):
        path = PATH.replace("/usr/local/cargo/bin:", "")
        return oci.Image([layers.debian()], env=[f"PATH={path}"])
    if name not in ("library/rust", "lukemathwalker/cargo-chef"):
        raise Problem(
            f"{reference}: there is a stand-in only for debian (bookworm), rust and lukemathwalker/cargo-chef; "
            "make Docker Hub reachable, or push this image to the farm's registry under its own name"
        )
    _warn_about_version(reference, tag)
    image = oci.Image([layers.debian(), *layers.rust(), layers.certificates()])
    image.env = [f"PATH={PATH}", "CARGO_HOME=/usr/local/cargo"]
    image.env += [f"{variable}={CA_BUNDLE}" for variable in ("SSL_CERT_FILE", "CARGO_HTTP_CAINFO")]
    if name == "lukemathwalker/cargo-chef":
        image.layers.append(layers.cargo_chef(chef))
    return image


def _warn_about_version(reference: str, tag: str) -> None:
    asked = re.search(r"(?:^|rust-)(1\.\d+(?:\.\d+)?)", tag)
    have = run(["rustc", "--version"], "find the Rust toolchain").split()[1]
    if asked and not (have + ".").startswith(asked.group(1) + "."):
        say(f"warning: {reference} asks for Rust {asked.group(1)}; the stand-in has this machine's {have}")


def split(reference: str) -> tuple[str, str]:
    """`debian:bookworm-slim` → (`library/debian`, `bookworm-slim`). A name on another registry is a Problem."""
    name, _, tag = reference.partition(":")
    first = name.split("/")[0]
    if first in ("docker.io", "index.docker.io"):
        name = name.split("/", 1)[1]
    elif "/" in name and ("." in first or first == "localhost"):
        raise Problem(f"{reference}: not an image of Docker Hub, so nothing can stand in for it")
    if "@" in reference or not re.fullmatch(r"[a-z0-9][a-z0-9._/-]*", name) or not re.fullmatch(r"[\w.-]*", tag):
        raise Problem(f"{reference}: not of the form IMAGE:TAG")
    return (name if "/" in name else "library/" + name), tag or "latest"


def docker_hub_answers() -> bool:
    try:
        urllib.request.urlopen("https://registry-1.docker.io/v2/", timeout=4).close()
        return True
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False


def needed(mode: str) -> bool:
    if mode not in ("auto", "always", "never"):
        raise Problem(f"FARM_STANDINS=`{mode}`: it must be auto, always or never")
    return mode == "always" or (mode == "auto" and not docker_hub_answers())


def make(registry: str, references: list[str], cache: Path, chef: Path) -> None:
    architecture = run(["dpkg", "--print-architecture"], "find the architecture").strip()
    layers, server = Layers(cache, architecture), oci.Registry(registry)
    for reference in sorted(set(references)):
        name, tag = split(reference)
        digest = server.push(image_for(reference, layers, chef), architecture, name, [tag])
        print(f"{name}:{tag} {digest}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="base-images.sh")
    parser.add_argument("--probe", action="store_true")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--cargo-chef", type=Path)
    parser.add_argument("registry", nargs="?")
    parser.add_argument("reference", nargs="*")
    return parser.parse_args()


def run_with(options: argparse.Namespace) -> int:
    wanted = needed(os.environ.get("FARM_STANDINS", "auto"))
    if options.probe:
        return 0 if wanted else NOT_NEEDED
    for reference in options.reference:
        split(reference)
    if not wanted:
        return 0
    options.cache.mkdir(parents=True, exist_ok=True)
    with open(options.cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(options.registry, options.reference, options.cache, options.cargo_chef)
    say("warning: Docker Hub is not used. These are stand-ins made on this machine, not the real images")
    return 0


def main() -> int:
    try:
        return run_with(arguments())
    except (Problem, oci.RegistryError) as problem:
        say(f"error: {problem}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
