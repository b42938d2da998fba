"""From bare Debian hosts to a farm that builds, by Debian packages and Ansible over SSH; then what operators do while it builds: another
agent, one less, new packages. The tests are one story: each goes on where the one before it ended."""

import json
import socket
import subprocess
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builds import SERVICES, Running, ran, results, submit, write_project
from farm import REPO, FarmClient, copy_market
from playbooks import Playbooks, build_packages
from testbed import EngineError, wait_until

pytestmark = pytest.mark.deploy

BASES = ("debian:bookworm-slim", "lukemathwalker/cargo-chef:latest-rust-1-bookworm")
AGENT_PARTS = ("farm-agent", "farm-buildkit")


class Deployed:
    """The farm that the playbooks made, and the hosts that it is to be made of."""

    def __init__(self, bed, programs: Path, folder: Path, packages: Path):
        self.folder = folder
        self.packages = packages
        self.main, self.one, self.two, self.three = (bed.add_host(f"deploy-{name}") for name in ("main", "one", "two", "three"))
        self.playbooks = Playbooks(folder / "ansible")
        for host in (self.main, self.one, self.two, self.three):
            self.playbooks.admit(host)
        key = folder / "client.key"
        words = [programs / "farmctl", "keys", "new", "--name", "ci", "--role", "client", key]
        self._client_key = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
        self._client_env = {"FARM_KEY_FILE": str(key), "FARM_REGISTRY_INSECURE": "true"}
        self._programs = programs
        self.left = [self.one, self.two]  # the hosts with agents
        self.plan(*self.left)

    def plan(self, *agents) -> None:
        """Writes the inventory."""
        main = [self.main]
        servers = [line.split()[1] for line in Path("/etc/resolv.conf").read_text().splitlines() if line.startswith("nameserver")]
        variables = {"farm_packages_dir": self.packages, "agent_buildkit_name_servers": json.dumps(servers), "farm_drain_timeout_s": 300}
        groups = {"coordinator": main, "registry": main, "monitoring": main, "agents": list(agents)}
        self.playbooks.write_inventory(groups, variables, [self._client_key])

    def play(self, playbook: str, *words: str):
        played = self.playbooks.play(playbook, *words)
        assert played.code == 0, str(played)
        return played

    def client(self) -> FarmClient:
        key = self.main.run("farmctl", "keys", "show", "/etc/farm/coordinator.key").strip()
        address = {"FARM_COORDINATOR": f"tcp://{self.main.address}:7440", "FARM_COORDINATOR_KEY": key}
        return FarmClient(self._programs, self.folder / "client", {**self._client_env, **address})

    def agents(self) -> dict[str, dict]:
        """What the coordinator says of each agent, as soon as it answers: it may be starting anew."""

        def ask() -> dict:
            try:
                return json.loads(self.main.run("farmctl", "--config", "/etc/farm/client.yaml", "agents", "--output", "json"))
            except EngineError:
                return {}

        answer = wait_until("the coordinator answers", ask)
        return {agent["name"]: agent for agent in answer["agents"]}

    def busy(self) -> dict[str, list]:
        """What runs, by the agent's name."""
        return {name: agent["running"] for name, agent in self.agents().items() if agent["running"]}

    def prometheus(self, path: str) -> dict:
        with urllib.request.urlopen(f"http://{self.main.address}:9090/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]


@pytest.fixture(scope="module")
def packages(programs) -> Path:
    return build_packages(programs.parent, 1)


@pytest.fixture(scope="module")
def deployed(bed, programs, packages, tmp_path_factory) -> Deployed:
    """A farm of one coordinator and two agents, made by one command from hosts that had nothing of it."""
    if not Path("/usr/bin/ansible-playbook").exists():
        pytest.skip("no ansible-playbook: tools/install.sh --for test installs it")
    farm = Deployed(bed, programs, tmp_path_factory.mktemp("deploy"), packages)
    farm.play("site.yml")
    return farm


@pytest.fixture(scope="module")
def client(deployed) -> FarmClient:
    argv = [REPO / "deploy/local/base-images.sh", f"{deployed.main.address}:5000", *BASES]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return deployed.client()


class Gate:
    """A port at which nobody listens until `open()`: what steps of a build wait for."""

    def __init__(self, address: str):
        self._socket = socket.socket()
        self._socket.bind((address, 0))
        self.place = "/dev/tcp/{}/{}".format(*self._socket.getsockname())

    def open(self) -> None:
        self._socket.listen(100)

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *_) -> None:
        self.open()  # a build must not wait for ever because its test failed


@pytest.fixture
def gate(bed):
    with Gate(bed.gateway) as made:
        yield made


def start_gated(deployed, client, gate: Gate, folder: Path, services: int, running: int) -> Running:
    """Starts a build of so many images that all wait at the gate, and returns when so many agents are at it."""
    wait = f"until (exec 3<>{gate.place}) 2>/dev/null; do sleep 0.2; done"
    texts = {f"s{n}": f"FROM {BASES[0]}\nRUN echo {folder.name} {n} && bash -c '{wait}'\n" for n in range(services)}
    project = write_project(folder / "gated", texts, "gated")
    build = Running(client, "submit", "--parallel", "all", "--output", "json", cwd=project)
    wait_until(f"{running} agents build", lambda: len(deployed.busy()) == running, 300)
    return build


def finished(running: Running) -> dict:
    answer = running.end(900)
    assert answer.code == 0, str(answer)
    return answer.json


def test_bare_hosts_become_a_farm_that_builds_the_market(deployed, client):
    answer = client.submit(copy_market(deployed.folder / "market"), "--parallel", "all", seconds=1800)
    assert answer.code == 0, str(answer)
    status = answer.json
    assert results(status) == dict.fromkeys(SERVICES, "built")
    assert ran(status) == Counter(deps=1, crates=1, compile=1, image=5)
    assert {job["agent"] for job in status["jobs"] if job["agent"]} == {"deploy-one", "deploy-two"}


def test_a_second_run_changes_nothing(deployed):
    changed = deployed.play("site.yml").changed
    assert changed == {"deploy-main": 0, "deploy-one": 0, "deploy-two": 0}


def test_no_private_key_leaves_the_host_that_uses_it(deployed):
    for host, keys in ((deployed.main, ["coordinator.key", "operator.key"]), (deployed.one, ["agent.key"])):
        found = host.run("sh", "-c", "cd /etc/farm && ls *.key").split()
        assert found == keys
        assert host.run("sh", "-c", "stat -c %a /etc/farm/*.key").split() == ["600"] * len(keys)
    secrets = [
        line.split()[1] for host in (deployed.main, deployed.one)
        for line in host.run("sh", "-c", "cat /etc/farm/*.key").splitlines() if line.startswith("secret:")
    ]  # fmt: skip
    assert len(secrets) == 3
    for log in deployed.playbooks.folder.glob("*.log"):
        assert not [secret for secret in secrets if secret in log.read_text()], log


def test_services_run_as_users_of_their_own_and_are_hardened(deployed):
    users = {"farm-coordinator": deployed.main, "farm-agent": deployed.one, "docker-registry": deployed.main}
    for user, host in users.items():
        unit = "farm-registry" if user == "docker-registry" else user
        pid = host.run("systemctl", "show", "-P", "MainPID", unit).strip()
        assert host.run("stat", "-c", "%U", f"/proc/{pid}").strip() == user
        assert "NoNewPrivs:\t1" in host.run("cat", f"/proc/{pid}/status")
        # 0 is a program that may do nothing, 10 one that may do all; 2.5 is where "ok" begins.
        host.run("systemd-analyze", "security", "--no-pager", "--threshold=25", unit)


def test_systemd_hears_signs_of_life(deployed):
    for unit, host in (("farm-coordinator", deployed.main), ("farm-agent", deployed.one)):
        assert host.run("systemctl", "show", "-P", "WatchdogUSec", unit).strip() == "30s"
        ask = ("systemctl", "show", "-P", "WatchdogTimestampMonotonic", unit)
        fed = host.run(*ask)
        wait_until(f"{unit} feeds its watchdog", lambda h=host, a=ask, f=fed: h.run(*a) != f, 40)


def test_prometheus_collects_the_metrics_of_all_parts(deployed):
    def healthy():
        targets = deployed.prometheus("targets")["activeTargets"]
        return {target["scrapeUrl"] for target in targets if target["health"] == "up"}

    hosts = ((deployed.main, 7441), (deployed.one, 7450), (deployed.two, 7450))
    wanted = {f"http://{host.address}:{port}/metrics" for host, port in hosts}
    wait_until("Prometheus reaches all parts", lambda: wanted <= healthy(), 60)


def test_a_third_machine_is_added_while_a_build_runs(deployed, client, gate, tmp_path):
    running = start_gated(deployed, client, gate, tmp_path, services=3, running=2)
    deployed.left.append(deployed.three)
    deployed.plan(*deployed.left)
    assert set(deployed.play("site.yml", "--limit", "deploy-three").changed) == {"deploy-three"}
    wait_until("the new agent builds too", lambda: set(deployed.busy()) == {host.name for host in deployed.left})
    gate.open()
    status = finished(running)
    assert {job["attempts"] for job in status["jobs"]} == {1}
    assert {job["agent"] for job in status["jobs"]} == {"deploy-one", "deploy-two", "deploy-three"}


def test_one_is_drained_and_removed_while_a_build_runs(deployed, client, gate, tmp_path):
    running = start_gated(deployed, client, gate, tmp_path, services=2, running=2)
    holder = min(deployed.busy())
    host = next(host for host in deployed.left if host.name == holder)
    with ThreadPoolExecutor(1) as background:
        removed = background.submit(deployed.play, "remove.yml", "--limit", holder)
        wait_until("it is drained", lambda: removed.done() or deployed.agents()[holder]["state"] == "draining", 300)
        assert not removed.done(), "it went although it was busy"
        gate.open()
        removed.result()
    status = finished(running)
    assert {job["attempts"] for job in status["jobs"]} == {1}
    assert holder in {job["agent"] for job in status["jobs"]}, "it finished what it ran"
    for part in AGENT_PARTS:
        assert not host.running(part)
        assert host.run("sh", "-c", f"dpkg-query -W -f='${{Package}}' {part} 2>/dev/null || true") == ""
    assert host.run("ls", "/var/lib/farm").strip() == ""
    assert host.run("sh", "-c", "ls /etc/farm 2>/dev/null || true").strip() == ""
    assert holder not in deployed.main.run("cat", "/etc/farm/key-book")
    wait_until("the coordinator misses it", lambda: deployed.agents().get(holder, {}).get("state", "lost") == "lost")
    deployed.left.remove(host)
    deployed.plan(*deployed.left)


def test_an_upgrade_in_the_middle_of_a_build_loses_nothing(deployed, client, gate, programs, tmp_path):
    deployed.packages = build_packages(programs.parent, 2)
    deployed.plan(*deployed.left)
    units = [(deployed.main, "farm-coordinator"), *((host, "farm-agent") for host in deployed.left)]

    def started(host, unit):
        return host.run("systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", unit)

    def version(host, package):
        return host.run("dpkg-query", "-W", "-f=${Version}", package)

    before = [started(*unit) for unit in units]
    running = start_gated(deployed, client, gate, tmp_path, services=3, running=2)
    with ThreadPoolExecutor(1) as background:
        upgraded = background.submit(deployed.play, "upgrade.yml")
        states = lambda: {agent["state"] for agent in deployed.agents().values()}  # noqa: E731
        new = lambda: version(deployed.main, "farm-coordinator").endswith("-2") and "draining" in states()  # noqa: E731
        wait_until("the coordinator is new and an agent is drained", lambda: upgraded.done() or new(), 600)
        assert not upgraded.done(), "it did not wait for what runs"
        gate.open()
        upgraded.result()
    status = finished(running)
    assert {job["attempts"] for job in status["jobs"]} == {1}
    assert status["counters"]["retries"] == 0
    for host, names in ((deployed.main, ["farm-coordinator", "farmctl"]), *((host, AGENT_PARTS) for host in deployed.left)):
        assert {version(host, name)[-2:] for name in names} == {"-2"}
    assert all(after != first for after, first in zip((started(*unit) for unit in units), before)), "each runs the new program"
    agents = deployed.agents()
    assert {agents[host.name]["state"] for host in deployed.left} == {"up"}
    assert not ran(submit(client, tmp_path / "gated", "--parallel", "all")), "what was built before the upgrade is known after it"
