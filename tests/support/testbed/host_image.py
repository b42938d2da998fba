"""The root file system of a "Docker host": Debian with systemd, sshd and what BuildKit and an agent need.

Made once per machine (a minute), kept under the user's cache folder by its content, then imported into the test bed's
Docker in a few seconds.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPO / "deploy/local"))

import base_images  # noqa: E402  (deploy/local is no package)

FORMAT = "3"  # Raise it when what goes into the tree changes in another way than by PACKAGES.
SYSTEM = ["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "python3", "python3-apt", "procps"]
NETWORK = ["iproute2", "iptables", "curl", "ca-certificates"]
BUILDS = ["runc", "zstd", "git"]
# The shared libraries that farm's programs are linked to.
LIBRARIES = [
    "libzmq5", "libcapnp-0.9.2", "libyaml-cpp0.7", "librocksdb7.8", "libspdlog1.10", "libfmt9", "libcurl4",
    "libcpp-httplib0.11", "libprometheus-cpp-core1.0", "libprometheus-cpp-pull1.0", "libarchive13", "libzstd1", "libssl3",
]  # fmt: skip
PACKAGES = SYSTEM + NETWORK + BUILDS + LIBRARIES
# Units that make no sense without hardware and would only slow the start down.
MASKED = [
    "systemd-udevd.service", "systemd-resolved.service", "systemd-logind.service", "getty.target", "apt-daily.timer",
    "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "systemd-networkd.service",
]  # fmt: skip


def cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "farm"


def name() -> str:
    return hashlib.sha256("\0".join([FORMAT] + PACKAGES + MASKED).encode()).hexdigest()[:16]


def archive() -> Path:
    """The tree as a tar, made if this machine doesn't have it yet."""
    folder = cache_folder() / "testbed"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"host-{name()}.tar.zst"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_file():
            _make(target)
    return target


def _make(target: Path) -> None:
    base_images.say("making the file system of the test bed's hosts (a minute, once per machine)")
    architecture = base_images.run(["dpkg", "--print-architecture"], "find the architecture").strip()
    standins = cache_folder() / "standins"
    standins.mkdir(parents=True, exist_ok=True)
    layers = base_images.Layers(standins, architecture)
    part = target.with_suffix(".part")
    with tempfile.TemporaryDirectory(prefix="farm-host-") as folder:
        root = Path(folder) / "root"
        root.mkdir()
        layers.unpack_debian(root)
        base_images.install_in(root, PACKAGES)
        _configure(root)
        _empty_apt(root)
        command = f"tar -C '{root}' --numeric-owner --exclude './dev/*' -c . | zstd -q -3 -T2 -f -o '{part}'"
        base_images.run(["bash", "-o", "pipefail", "-c", command], "pack the tree")
    part.rename(target)


def _empty_apt(root: Path) -> None:
    """Without what apt fetched, and with the folders that it wants."""
    base_images.run(["rm", "-rf", str(root / "var/lib/apt/lists"), str(root / "var/cache/apt")], "tidy the tree")
    for folder in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (root / folder).mkdir(parents=True)


def _configure(root: Path) -> None:
    for unit in MASKED:
        link = root / "etc/systemd/system" / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    (root / "etc/machine-id").write_text("")
    # Ansible and the tests come as root, by key only; each host makes host keys of its own when it starts.
    (root / "etc/ssh/sshd_config.d/testbed.conf").write_text("PermitRootLogin prohibit-password\nUsePAM no\n")
    for host_key in (root / "etc/ssh").glob("ssh_host_*"):
        host_key.unlink()
    drop_in = root / "etc/systemd/system/ssh.service.d"
    drop_in.mkdir(parents=True)
    (drop_in / "keys.conf").write_text("[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\n")
    subprocess.run(["chroot", str(root), "systemctl", "enable", "-q", "ssh.service"], check=True)
