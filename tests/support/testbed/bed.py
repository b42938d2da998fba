"""Docker hosts as systemd containers, on a network of their own."""

import ipaddress
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import host_image
from .engine import Engine
from .processes import Failed, free_port, wait_until
from .registry import Registry
from .templates import fill_template

CAPABILITIES = [
    "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "MKNOD", "SYS_CHROOT", "NET_RAW", "DAC_READ_SEARCH", "LINUX_IMMUTABLE",
    "SYS_NICE", "AUDIT_WRITE", "SETFCAP",
]  # fmt: skip
PREFIX = "ftb-"
BUILDKIT_SOCKET = "/run/buildkit/buildkitd.sock"


class Host:
    """One Docker host. Its services are systemd units; what they keep lies in /var/lib/farm, outside the container's
    own file system, as overlay mounts need it."""

    def __init__(self, bed: "Testbed", name: str, address: str, container: str, state: Path):
        self._bed = bed
        self.name = name
        self.address = address
        self.container = container
        self.state = state  # /var/lib/farm, seen from outside

    def run(self, *argv, seconds: float = 120) -> str:
        """Runs a command in the host; EngineError if it fails."""
        return self._bed.engine.docker("exec", self.container, *argv, seconds=seconds)

    def write(self, path: str, text: str, mode: str = "644") -> None:
        """Writes a file in the host, also below /run and /tmp, where `docker cp` can't."""
        with tempfile.TemporaryFile() as content:
            content.write(text.encode())
            content.seek(0)
            line = 'mkdir -p "$(dirname "$0")" && cat > "$0" && chmod "$1" "$0"'
            words = ["exec", "-i", self.container, "sh", "-c", line, path, mode]
            self._bed.engine.docker(*words, stdin=content)

    def copy_in(self, source: Path, path: str) -> None:
        """Copies a file or folder to a place that is not on a tmpfs."""
        self._bed.engine.docker("cp", source, f"{self.container}:{path}")

    def start(self, unit: str, argv: list, env: dict | None = None) -> None:
        """Starts a program as the transient unit `unit`, which is not restarted when it ends."""
        words = [f"--setenv={key}={value}" for key, value in (env or {}).items()]
        self.run("systemd-run", "-q", f"--unit={unit}", "--property=KillMode=mixed", "--collect", *words, *argv)

    def stop(self, unit: str) -> None:
        self.run("systemctl", "stop", unit)

    def kill9(self, unit: str) -> None:
        """Ends every process of the unit as a crash would."""
        self.run("systemctl", "kill", "-s", "KILL", unit)

    def running(self, unit: str) -> bool:
        return "active" in self.run("sh", "-c", f"systemctl is-active {unit} || true").split()

    def logs(self, unit: str) -> str:
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit)

    def start_buildkitd(self, registry: str, unit: str = "buildkitd") -> str:
        """BuildKit with `registry` as its docker.io mirror, for this host alone. Returns its socket. Another `unit` is
        another BuildKit with data of its own."""
        socket = f"/run/{unit}/buildkitd.sock" if unit != "buildkitd" else BUILDKIT_SOCKET
        config = f"/etc/farm/{unit}.toml"
        self.write(config, buildkit_config(registry, f"/var/lib/farm/{unit}", socket))
        self.start(unit, ["/opt/tools/buildkitd", "--config", config])

        def answers():
            if not self.running(unit):
                raise Failed(f"{unit} of {self.name} ended:\n{self.logs(unit)[-2000:]}")
            ask = f"/opt/tools/buildctl --addr unix://{socket} debug workers"
            return self.run("sh", "-c", f"{ask} >/dev/null 2>&1 && echo yes || true").strip() == "yes"

        wait_until(f"{unit} of {self.name} answers", answers)
        return socket

    def allow_ssh(self, public_key: str) -> None:
        """Lets the owner of the key in as root, on port 22."""
        self.write("/root/.ssh/authorized_keys", public_key, "600")


class Testbed:
    """An engine, a network, hosts and registries. `tools` holds buildkitd, buildctl and buildx (mounted at /opt/tools
    in each host), `programs`, if given, farm's own programs (at /opt/farm/bin)."""

    __test__ = False  # Not a test class, whatever pytest makes of the name.

    def __init__(self, tools: Path, programs: Path | None = None):
        if os.geteuid() != 0:
            raise Failed("the test bed needs root, for Docker")
        sweep()
        archive = host_image.archive()
        self.hosts: dict[str, Host] = {}
        self._registries: list[Registry] = []
        self._mounts = {Path(tools): "/opt/tools"}
        if programs is not None:
            self._mounts[Path(programs)] = "/opt/farm/bin"
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        self.engine = None
        try:
            (self.folder / "owner").write_text(str(os.getpid()))
            self.engine = Engine(self.folder / "e")
            self._network = f"{self.folder.name}-net"
            self.gateway = self._make_network()
            self._import(archive)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Testbed":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        for registry in self._registries:
            registry.stop()
        if self.engine is not None:
            for host in list(self.hosts.values()):
                _quietly(self.engine, "rm", "-f", "-v", host.container)
            _quietly(self.engine, "network", "rm", getattr(self, "_network", ""))
            self.engine.stop()
        self.hosts = {}
        _remove(self.folder)

    def start_registry(self, host: str = "127.0.0.1", port: int = 0, size: str = "") -> Registry:
        """On `gateway`, hosts and this machine reach it under the same address. With a `size`, such as `200m`, what it
        keeps lies on a disk of its own that is so small."""
        folder = self.folder / f"registry{len(self._registries)}"
        if size:
            (folder / "data").mkdir(parents=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder / "data"], check=True)
        self._registries.append(Registry(folder, host, port))
        return self._registries[-1]

    def free_port(self) -> int:
        """A port on this machine that hosts can reach at `gateway`."""
        return free_port(self.gateway)

    def add_host(self, name: str) -> Host:
        """Starts a host and waits until its systemd is up."""
        state = self.folder / "hosts" / name
        state.mkdir(parents=True)
        container = f"{self.folder.name}-{name}"
        words = [f"--cap-add={capability}" for capability in CAPABILITIES]
        words += ["--device-cgroup-rule=a *:* rwm", "--cgroupns=host", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw"]
        words += [f"--security-opt={what}=unconfined" for what in ("seccomp", "apparmor", "systempaths")]
        words += [f"--tmpfs={folder}" for folder in ("/run", "/run/lock", "/tmp:exec")]
        words += ["-v", f"{state}:/var/lib/farm", "--stop-signal=SIGRTMIN+3", "--network", self._network]
        words += [word for source, target in self._mounts.items() for word in ("-v", f"{source.resolve()}:{target}:ro")]
        self.engine.docker("run", "-d", "--name", container, "--hostname", name, *words, self._image)
        networks = self.engine.inspect(container)["NetworkSettings"]["Networks"]
        host = Host(self, name, networks[self._network]["IPAddress"], container, state)
        self.hosts[name] = host
        self._wait_for_systemd(host)
        return host

    def cut(self, host: Host) -> None:
        """Takes the host off the network; what runs in it goes on."""
        self.engine.docker("network", "disconnect", "-f", self._network, host.container)

    def join(self, host: Host) -> None:
        """Puts the host back on the network, under the address it had."""
        self.engine.docker("network", "connect", "--ip", host.address, self._network, host.container)

    def freeze(self, host: Host) -> None:
        """Stops every process of the host where it is; its connections stay open and silent."""
        self.engine.docker("pause", host.container)

    def thaw(self, host: Host) -> None:
        self.engine.docker("unpause", host.container)

    def crash(self, host: Host) -> None:
        """Ends the host as a power cut would; what is in /var/lib/farm stays."""
        self.engine.docker("kill", "-s", "KILL", host.container)

    def boot(self, host: Host) -> None:
        """Starts a host that crashed. Transient units don't come back."""
        self.engine.docker("start", host.container)
        self._wait_for_systemd(host)

    def _wait_for_systemd(self, host: Host) -> None:
        def state():
            return host.run("sh", "-c", "systemctl is-system-running 2>/dev/null || true").strip()

        wait_until(f"systemd of {host.name} is up", lambda: state() in ("running", "degraded"), 120)

    def _make_network(self) -> str:
        """Docker chooses a subnet that this machine doesn't use; then it is asked for by name, as only then a host can
        come back under its own address. Returns the gateway, which is this machine."""
        self.engine.docker("network", "create", self._network)
        subnet = self.engine.inspect(self._network)["IPAM"]["Config"][0]["Subnet"]
        self.engine.docker("network", "rm", self._network)
        self.engine.docker("network", "create", "--subnet", subnet, self._network)
        network = self.engine.inspect(self._network)
        (self.folder / "bridge").write_text("br-" + network["Id"][:12])
        config = network["IPAM"]["Config"][0]
        return config.get("Gateway") or str(next(ipaddress.ip_network(subnet).hosts()))

    def _import(self, archive: Path) -> None:
        self._image = f"farm-host:{host_image.name()}"
        with subprocess.Popen(["zstd", "-dc", str(archive)], stdout=subprocess.PIPE) as unpack:
            self.engine.docker("import", "-c", 'CMD ["/lib/systemd/systemd"]', "-", self._image, stdin=unpack.stdout)
        if unpack.returncode != 0:
            raise Failed(f"{archive} is damaged: remove it and try again")


def buildkit_config(registry: str, data: str, socket: str) -> str:
    """buildkitd.toml for a host, from farm's own template: the registry speaks plain HTTP and stands before docker.io.

    The name servers are this machine's: Docker's own one in a container is on loopback, which BuildKit replaces by
    public ones."""
    lines = [line.split() for line in Path("/etc/resolv.conf").read_text().splitlines()]
    servers = [words[1] for words in lines if words[:1] == ["nameserver"]]
    text = fill_template(
        "buildkitd.toml", buildkit_data=data, buildkit_socket=socket, registry=registry, registry_http="true",
        buildkit_max_used="20GB", buildkit_min_free="1GB",
    )  # fmt: skip
    if servers:
        text += "\n[dns]\n  nameservers = [" + ", ".join(f'"{server}"' for server in servers) + "]\n"
    return text


def lacking() -> list[str]:
    """What this machine lacks for a test bed; empty: nothing."""
    programs = ("dockerd", "docker", "docker-registry", "debootstrap", "zstd", "ip")
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"
    return [name for name in programs if not shutil.which(name, path=path)] + ["root"] * (os.geteuid() != 0)


def sweep() -> None:
    """Removes what test beds left behind whose process is gone. Their programs ended with them, or are just ending."""
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        owner = folder / "owner"
        if not owner.is_file() or _alive(int(owner.read_text() or "0")):
            continue
        pidfile = folder / "e/pid"
        pid = int(pidfile.read_text() or "0") if pidfile.is_file() else 0
        wait_until(f"the engine of {folder} ends", lambda pid=pid: not _alive(pid), 30)
        bridge = folder / "bridge"
        if bridge.is_file():
            subprocess.run(["ip", "link", "delete", bridge.read_text()], check=False, capture_output=True)
        _remove(folder)


def _alive(pid: int) -> bool:
    return pid > 0 and Path(f"/proc/{pid}").exists()


def _remove(folder: Path) -> None:
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in reversed([point for point in points if point.startswith(f"{folder}/")]):
        subprocess.run(["umount", "-l", point], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _quietly(engine: Engine, *words) -> None:
    try:
        engine.docker(*words)
    except (Failed, subprocess.TimeoutExpired):
        pass
