"""A whole farm on the test bed's hosts: registry and coordinator on this machine, at the address that hosts reach it
under; in each host a BuildKit and an agent, as systemd units. Several farms may live on the same hosts: each has data,
keys and sockets of its own."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

from .bed import Host, Testbed
from .processes import Failed, Process, wait_until

READY_SECONDS = 30


class HostsFarm:
    """Started by the constructor; all agents are up when it returns."""

    def __init__(self, bed: Testbed, programs: Path, name: str, hosts: list[Host], registry_size: str = ""):
        self.programs = programs
        self.name = name
        self.hosts = {host.name: host for host in hosts}
        self.folder = bed.folder / name
        for folder in ("keys", "state", "client"):
            (self.folder / folder).mkdir(parents=True)
        self.registry = bed.start_registry(bed.gateway, size=registry_size)
        self._listen = f"{bed.gateway}:{bed.free_port()}"
        self.http = f"{bed.gateway}:{bed.free_port()}"
        self._coordinator_key = self._new_key("coordinator")
        names = {**dict.fromkeys(self.hosts, "agent"), "admin": "admin"}
        book = [self._new_key(owner, role) for owner, role in names.items()]
        (self.folder / "keys/book").write_text("\n".join(book) + "\n")
        self.coordinator: Process | None = None
        self._sockets: dict[str, str] = {}
        try:
            self.start_coordinator()
            for host in hosts:
                self._sockets[host.name] = host.start_buildkitd(self.registry.address, f"buildkitd-{name}")
                self.start_agent(host.name)
            self.wait_for_agents()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the coordinator and what runs in the hosts; the registry ends with the test bed."""
        if self.coordinator is not None:
            self.coordinator.stop()
        for host in self.hosts.values():
            for unit in (self.agent_unit, f"buildkitd-{self.name}"):
                if host.running(unit):
                    host.kill9(unit)

    @property
    def agent_unit(self) -> str:
        return f"agent-{self.name}"

    @property
    def client_env(self) -> dict:
        """What makes a farmctl speak to this farm."""
        return {
            "FARM_COORDINATOR": f"tcp://{self._listen}", "FARM_COORDINATOR_KEY": self._coordinator_key,
            "FARM_KEY_FILE": str(self.folder / "keys/admin.key"), "FARM_REGISTRY_INSECURE": "true",
        }  # fmt: skip

    # --- coordinator

    def start_coordinator(self) -> None:
        address = self.registry.address
        config = {
            "listen": f"tcp://{self._listen}", "http_listen": self.http, "state_dir": str(self.folder / "state"),
            "key_file": str(self.folder / "keys/coordinator.key"), "key_book": str(self.folder / "keys/book"),
            "registry": {"address": address, "agents_address": address, "clients_address": address, "insecure": True},
            "mirrors": {"docker.io": address},
        }  # fmt: skip
        file = self.folder / "coordinator.yaml"
        file.write_text(json.dumps(config))  # JSON is YAML
        argv = [self.programs / "farm-coordinator", "--config", file]
        self.coordinator = Process(argv, self.folder / "coordinator.log")
        self.coordinator.wait_until("it is ready", lambda: self._get("/readyz") is not None, READY_SECONDS)

    def coordinator_log(self) -> str:
        return (self.folder / "coordinator.log").read_text(errors="replace")

    def metric(self, name: str) -> float:
        """The sum of a metric of the coordinator over its labels."""
        lines = (self._get("/metrics") or "").splitlines()
        values = [line.rpartition(" ")[2] for line in lines if re.match(rf"{re.escape(name)}[{{ ]", line)]
        if not values:
            raise Failed(f"http://{self.http}/metrics has no {name}")
        return sum(map(float, values))

    def _get(self, path: str) -> str | None:
        try:
            with urllib.request.urlopen(f"http://{self.http}{path}", timeout=5) as answer:
                return answer.read(1 << 22).decode()
        except OSError:
            return None

    # --- agents

    def start_agent(self, host_name: str, key: str = "", unit: str = "") -> None:
        """`key`: a key file's name instead of the agent's own."""
        host = self.hosts[host_name]
        folder = f"/etc/farm/{self.name}"
        key = key or host_name
        host.write(f"{folder}/{key}.key", (self.folder / f"keys/{key}.key").read_text(), "600")
        unit = unit or self.agent_unit
        config = {
            "name": host_name, "coordinator": f"tcp://{self._listen}", "coordinator_key": self._coordinator_key,
            "key_file": f"{folder}/{key}.key", "slots": 1, "state_dir": f"/var/lib/farm/{unit}",
            "buildkit": {"address": f"unix://{self._sockets[host_name]}"}, "buildx": ["/opt/tools/buildx"],
        }  # fmt: skip
        host.run("mkdir", "-p", f"/var/lib/farm/{unit}")
        host.write(f"{folder}/{unit}.yaml", json.dumps(config))
        host.start(unit, ["/opt/farm/bin/farm-agent", "--config", f"{folder}/{unit}.yaml"])

    def agents(self) -> dict[str, dict]:
        """What the coordinator says of each agent, by name."""
        return {agent["name"]: agent for agent in self._ask("agents")["agents"]}

    def wait_for_agents(self, *names: str) -> None:
        """Until these agents (none named: all) are up."""

        def up():
            states = {name: agent["state"] for name, agent in self.agents().items()}
            return all(states.get(name) == "up" for name in names or self.hosts)

        wanted = names or tuple(self.hosts)
        try:
            wait_until(f"agents of {self.name} are up: {' '.join(wanted)}", up, READY_SECONDS)
        except Failed as failure:
            logs = [f"--- {name}\n{self.hosts[name].logs(self.agent_unit)[-1500:]}" for name in wanted]
            raise Failed("\n".join([str(failure), *logs, "--- coordinator", self.coordinator_log()[-1500:]])) from None

    def wait_for_job(self, job: str) -> str:
        """Until an agent holds the job. Returns the agent's name."""

        def holder():
            return next((name for name, agent in self.agents().items() if job in agent["running"]), None)

        return wait_until(f"an agent of {self.name} runs {job}", holder, 120)

    def pulled(self, host_name: str) -> list[str]:
        """The images that the host's BuildKit fetched layers of."""
        address = f"unix://{self._sockets[host_name]}"
        usage = self.hosts[host_name].run("/opt/tools/buildctl", "--addr", address, "du", "--verbose")
        return re.findall(r"^Description:\s+pulled from (\S+)", usage, re.MULTILINE)

    # --- farmctl

    def new_key(self, name: str) -> None:
        """A key that no book has, for `start_agent`."""
        self._new_key(name, "agent")

    def _new_key(self, name: str, role: str = "") -> str:
        file = self.folder / f"keys/{name}.key"
        named = ["--name", name, "--role", role] if role else []
        line = self._farmctl("keys", "new", *named, file)
        return line if role else self._farmctl("keys", "show", file)

    def _ask(self, *words) -> dict:
        return json.loads(self._farmctl(*words, "--output", "json"))

    def _farmctl(self, *words) -> str:
        argv = [str(self.programs / "farmctl"), *map(str, words)]
        homes = {f"XDG_{kind}_HOME": str(self.folder / "client") for kind in ("STATE", "CACHE", "CONFIG")}
        env = {**homes, **(self.client_env if hasattr(self, "_coordinator_key") else {})}
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failed(f"`{' '.join(argv)}` exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()
