"""From bare Debian hosts to a farm that builds, by Debian packages and Ansible over SSH; then what operators do while it builds: another
agent, one less, new packages. The tests are one story: each goes on where the one before it ended."""

import json
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from builds import SERVICES, Running, job_named, ran, results, submit, write_project
from farm import REPO, FarmClient, copy_market
from pair import write_pair
from playbooks import Playbooks, build_packages
from testbed import wait_until

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
        text = self.main.run("farmctl", "--config", "/etc/farm/client.yaml", "agents", "--output", "json")
        return {agent["name"]: agent for agent in json.loads(text)["agents"]}

    def wait_for_job(self, job: str) -> str:
        """Until an agent holds the job. Returns the agent's name."""
        return wait_until(f"an agent runs {job}", lambda: next((n for n, a in self.agents().items() if job in a["running"]), None), 120)

    def prometheus(self, path: str) -> dict:
        with urllib.request.urlopen(f"http://{self.main.address}:9090/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]


@pytest.fixture(scope="module")
def packages(programs, tmp_path_factory) -> Path:
    return build_packages(programs.parent, tmp_path_factory.mktemp("packages"), 1)


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


def pair_in_progress(client, folder: Path, seconds: int = 20) -> Running:
    """A build whose compile job takes a while."""
    project = write_pair(folder / "pair", folder.name, compile_seconds=seconds)
    return Running(client, "submit", "--parallel", "all", "--output", "json", cwd=project)


def finished(running: Running) -> dict:
    answer = running.end()
    assert answer.code == 0, str(answer)
    return answer.json


def test_bare_hosts_become_a_farm_that_builds_the_market(deployed, client):
    status = submit(client, copy_market(deployed.folder / "market"), "--parallel", "all")
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
        fed = host.run("systemctl", "show", "-P", "WatchdogTimestampMonotonic", unit)
        wait_until(f"{unit} feeds its watchdog", lambda h=host, u=unit, f=fed: h.run("systemctl", "show", "-P", "WatchdogTimestampMonotonic", u) != f, 40)


def test_prometheus_collects_the_metrics_of_all_parts(deployed):
    def healthy():
        targets = deployed.prometheus("targets")["activeTargets"]
        return {target["scrapeUrl"] for target in targets if target["health"] == "up"}

    hosts = ((deployed.main, 7441), (deployed.one, 7450), (deployed.two, 7450))
    wanted = {f"http://{host.address}:{port}/metrics" for host, port in hosts}
    wait_until("Prometheus reaches all parts", lambda: wanted <= healthy(), 60)


def test_a_third_machine_is_added_while_a_build_runs(deployed, client, tmp_path):
    running = pair_in_progress(client, tmp_path)
    deployed.wait_for_job("compile")
    deployed.left.append(deployed.three)
    deployed.plan(*deployed.left)
    changed = deployed.play("site.yml", "--limit", "deploy-three").changed
    assert set(changed) == {"deploy-three"}
    assert deployed.agents()["deploy-three"]["state"] == "up"
    status = finished(running)
    assert {job["attempts"] for job in status["jobs"]} == {1}
    text = f"FROM {BASES[0]}\nARG N\nRUN sleep 2 && echo {tmp_path.name} $N\n"
    services = {f"s{n}": text.replace("$N", str(n)) for n in range(6)}
    spread = submit(client, write_project(tmp_path / "spread", services, "spread"), "--parallel", "all")
    assert {job["agent"] for job in spread["jobs"]} == {"deploy-one", "deploy-two", "deploy-three"}


def test_one_is_drained_and_removed_while_a_build_runs(deployed, client, tmp_path):
    running = pair_in_progress(client, tmp_path, 10)
    holder = deployed.wait_for_job("compile")
    host = next(host for host in deployed.left if host.name == holder)
    deployed.play("remove.yml", "--limit", holder)
    status = finished(running)
    compiled = job_named(status, "compile")
    assert (compiled["agent"], compiled["attempts"]) == (holder, 1), "it was drained before it was removed"
    for part in AGENT_PARTS:
        assert not host.running(part)
        assert host.run("sh", "-c", f"dpkg-query -W -f='${{Package}}' {part} 2>/dev/null || true") == ""
    assert host.run("ls", "/var/lib/farm").strip() == ""
    assert host.run("sh", "-c", "ls /etc/farm 2>/dev/null || true").strip() == ""
    assert holder not in deployed.main.run("cat", "/etc/farm/key-book")
    wait_until("the coordinator misses it", lambda: deployed.agents().get(holder, {}).get("state", "lost") == "lost")
    deployed.left.remove(host)
    deployed.plan(*deployed.left)


def test_an_upgrade_in_the_middle_of_a_build_loses_nothing(deployed, client, programs, tmp_path_factory, tmp_path):
    deployed.packages = build_packages(programs.parent, tmp_path_factory.mktemp("packages"), 2)
    deployed.plan(*deployed.left)

    def started(host, unit):
        return host.run("systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", unit)

    units = [(deployed.main, "farm-coordinator"), *((host, "farm-agent") for host in deployed.left)]
    before = [started(*unit) for unit in units]
    running = pair_in_progress(client, tmp_path)
    deployed.wait_for_job("compile")
    deployed.play("upgrade.yml")
    status = finished(running)
    assert {job["attempts"] for job in status["jobs"]} == {1}
    assert status["counters"]["retries"] == 0
    for host, names in ((deployed.main, ["farm-coordinator", "farmctl"]), *((host, AGENT_PARTS) for host in deployed.left)):
        for name in names:
            assert host.run("dpkg-query", "-W", "-f=${Version}", name).endswith("-2"), name
    assert all(now != then for now, then in zip((started(*unit) for unit in units), before)), "each runs the new program"
    assert {agent["state"] for name, agent in deployed.agents().items() if name in {host.name for host in deployed.left}} == {"up"}
    again = submit(client, tmp_path / "pair", "--parallel", "all")
    assert not ran(again), "what was built before the upgrade is known after it"
