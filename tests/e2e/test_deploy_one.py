"""A farm on the machine that runs Ansible (inventories/one), and its agent moved from farm's own BuildKit to those that a host may have
already. The tests are one story: each goes on where the one before it ended."""

import json
import shlex
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from builds import FRESH, ran, results
from farm import REPO
from playbooks import Played, build_packages, parse_played
from testbed import Host, wait_until

pytestmark = pytest.mark.deploy

TREE = "/srv/farm"  # where the operator has farm's source tree
BASES = ("debian:bookworm-slim", "lukemathwalker/cargo-chef:latest-rust-1-bookworm")
# The role alone: what the other parts do was played before.
AGENT_ALONE = "- {name: Agent, hosts: agents, roles: [agent]}\n"


class OneMachine:
    """The machine, and its operator at it."""

    def __init__(self, host: Host, packages: Path):
        self.host = host
        self.at_host("apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends ansible-core")
        host.run("mkdir", "-p", f"{TREE}/build")
        host.copy_in(REPO / "deploy", f"{TREE}/deploy")
        host.copy_in(REPO / "dashboards", f"{TREE}/dashboards")
        host.copy_in(packages, f"{TREE}/build/packages")
        host.write(f"{TREE}/deploy/ansible/agent.yml", AGENT_ALONE)

    def at_host(self, line: str, seconds: float = 300) -> str:
        return self.host.run("sh", "-c", line, seconds=seconds)

    def play(self, playbook: str = "site.yml", **variables) -> Played:
        """What README says, on the machine itself, and one thing that only a container needs: its name server is on loopback."""
        servers = [line.split()[1] for line in Path("/etc/resolv.conf").read_text().splitlines() if line.startswith("nameserver")]
        extra = shlex.quote(json.dumps({"agent_buildkit_name_servers": servers, **variables}))
        line = f"cd {TREE}/deploy/ansible && ansible-playbook -i inventories/one/hosts.yml {playbook} -e {extra} </dev/null 2>&1"
        text = self.at_host(f'{{ {line}; echo "exit $?"; }}', 600)
        return parse_played(text)

    def played(self, playbook: str = "site.yml", **variables) -> Played:
        played = self.play(playbook, **variables)
        assert played.code == 0, str(played)
        return played

    def submit(self, project: str, *words: str) -> dict:
        """The operator's own farmctl, with the configuration that the role wrote for it."""
        line = f"cd {project} && farmctl --config /etc/farm/client.yaml submit --output json {shlex.join(words)} >/tmp/status"
        self.at_host(f"{line} || {{ cat /tmp/status >&2; exit 1; }}", 600)
        return json.loads(self.host.run("cat", "/tmp/status"))

    def build_with(self, name: str) -> dict:
        """A new project of one image, whose build leaves its name in the cache of the BuildKit that built it."""
        self.host.write(f"/srv/{name}/compose.yaml", f"name: one-{name}\nservices:\n  it:\n    build: .\n")
        self.host.write(f"/srv/{name}/Dockerfile", f"FROM debian:bookworm-slim\nRUN echo {name}-{FRESH} > /it\n")
        status = self.submit(f"/srv/{name}")
        assert results(status) == {"it": "built"}
        return status

    def agent(self) -> dict:
        return json.loads(self.at_host("farmctl --config /etc/farm/client.yaml agents --output json"))["agents"][0]


@pytest.fixture(scope="module")
def machine(bed, programs) -> OneMachine:
    return OneMachine(bed.add_host("one"), build_packages(programs.parent, 1))


def test_a_bare_machine_becomes_a_farm_of_its_own_that_builds(machine):
    played = machine.played()
    assert "its dashboards are skipped" in played.text, "there is no Grafana here, and the operator is told"
    argv = [REPO / "deploy/local/base-images.sh", f"{machine.host.address}:5000", *BASES]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    machine.host.write("/srv/hello/src/main.rs", 'fn main() {\n    println!("hello");\n}\n')
    machine.host.write("/srv/hello/Cargo.toml", '[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2021"\n')
    machine.host.write("/srv/hello/Cargo.lock", 'version = 4\n\n[[package]]\nname = "hello"\nversion = "0.1.0"\n')
    machine.host.write("/srv/hello/compose.yaml", "services:\n  hello:\n    build: .\n")
    machine.at_host("cd /srv/hello && farmctl init")
    status = machine.submit("/srv/hello", "--parallel", "all")
    assert results(status) == {"hello": "built"}
    assert ran(status) == Counter(deps=1, image=1)
    assert results(machine.submit("/srv/hello", "--parallel", "all")) == {"hello": "hit"}


def test_a_second_run_changes_nothing(machine):
    assert machine.played().changed == {"localhost": 0}


def test_its_prometheus_collects_the_metrics_of_both(machine):
    def healthy():
        with urllib.request.urlopen(f"http://{machine.host.address}:9090/api/v1/targets", timeout=10) as answer:
            return {target["scrapeUrl"] for target in json.load(answer)["data"]["activeTargets"] if target["health"] == "up"}

    wanted = {f"http://127.0.0.1:{port}/metrics" for port in (7441, 7450)}
    wait_until("Prometheus reaches coordinator and agent", lambda: wanted <= healthy(), 60)


def test_a_grafana_on_the_machine_is_given_the_dashboards(machine):
    """Debian has none, so what its package leaves is made by hand: folders and a unit."""
    unit = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/ls /etc/grafana/provisioning/datasources/farm.yml\n"
    machine.host.write("/etc/systemd/system/grafana-server.service", unit)
    machine.at_host("mkdir -p /etc/grafana/provisioning/datasources /etc/grafana/provisioning/dashboards && systemctl daemon-reload")
    machine.host.write(f"{TREE}/deploy/ansible/monitoring.yml", "- {name: Monitoring, hosts: monitoring, roles: [monitoring]}\n")
    assert "its dashboards are skipped" not in machine.played("monitoring.yml", farm_prometheus_port=9090).text
    assert machine.host.running("grafana-server"), "it was restarted when it had its data source"
    assert "url: http://127.0.0.1:9090" in machine.host.run("cat", "/etc/grafana/provisioning/datasources/farm.yml")
    shown = machine.at_host("ls /var/lib/farm-dashboards").split()
    assert shown == sorted(path.name for path in (REPO / "dashboards/grafana").glob("*.json"))
    assert machine.played("monitoring.yml").changed == {"localhost": 0}


def test_the_agent_builds_with_a_buildkit_that_is_there(machine):
    refused = machine.play("agent.yml", agent_buildkit="unix:///run/buildkit/buildkitd.sock", agent_buildx=["/opt/tools/buildx"])
    assert refused.code == 2
    assert "there is no such socket on this host" in refused.text
    socket = machine.host.start_buildkitd("127.0.0.1:5000")
    choice = {"agent_buildkit": f"unix://{socket}", "agent_buildx": ["/opt/tools/buildx"]}
    refused = machine.play("agent.yml", **choice)
    assert refused.code == 2
    assert "is for root alone" in refused.text
    machine.at_host(f"addgroup --quiet --system builders && chgrp builders {socket}")
    refused = machine.play("agent.yml", **choice)
    assert refused.code == 2
    assert "let that group into the socket's folders" in refused.text
    machine.at_host("chgrp builders /run/buildkit")
    machine.played("agent.yml", **choice)
    assert not machine.host.running("farm-buildkit")
    machine.build_with("there")
    usage = machine.host.run("/opt/tools/buildctl", "--addr", f"unix://{socket}", "du", "--verbose")
    assert f"there-{FRESH}" in usage


def test_a_docker_that_would_not_do_is_refused_with_what_to_do(machine):
    """Debian's own: without buildx; then with it, and with a BuildKit that is too old."""
    for name in ("docker", "containerd"):  # what they keep must not lie on the container's overlay
        machine.at_host(f"mkdir -p /var/lib/farm/{name} && ln -s /var/lib/farm/{name} /var/lib/{name}")
    machine.at_host("DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends docker.io")
    refused = machine.play("agent.yml", agent_buildkit="docker")
    assert refused.code == 2
    assert "needs buildx 0.29.1 or later on this host" in refused.text
    machine.at_host("mkdir -p /usr/libexec/docker/cli-plugins && ln -s /opt/tools/buildx /usr/libexec/docker/cli-plugins/docker-buildx")
    refused = machine.play("agent.yml", agent_buildkit="docker")
    assert refused.code == 2
    assert "BuildKit version: v0.8+unknown, and one before 0.28.1 lets a Dockerfile break out of it" in refused.text
    assert machine.agent()["state"] == "up", "nothing was changed"


def test_the_agent_builds_with_a_recent_docker(machine, engine_29):
    machine.host.copy_in(engine_29, "/usr/local/sbin/dockerd")
    drop_in = "[Service]\nExecStart=\nExecStart=/usr/local/sbin/dockerd -H fd://\n"
    machine.host.write("/etc/systemd/system/docker.service.d/engine.conf", drop_in)
    machine.at_host("systemctl stop docker.service docker.socket && systemctl daemon-reload && systemctl start docker.service")
    settings = []
    for advice in ('"features": {"containerd-snapshotter": true}', '"registry-mirrors": ["http://127.0.0.1:5000"]'):
        refused = machine.play("agent.yml", agent_buildkit="docker")  # it has images of the older one, and so its store
        assert refused.code == 2
        assert advice in refused.text.replace('\\"', '"')
        settings.append(advice)
        machine.host.write("/etc/docker/daemon.json", "{" + ", ".join(settings) + "}")
        machine.at_host("systemctl restart docker")
    machine.played("agent.yml", agent_buildkit="docker")
    assert machine.played("agent.yml", agent_buildkit="docker").changed == {"localhost": 0}
    machine.build_with("docker")
    assert f"docker-{FRESH}" in machine.host.run("docker", "buildx", "du", "--builder", "default", "--verbose")
    machine.host.write("/srv/hello/src/main.rs", 'fn main() {\n    println!("hello, Docker");\n}\n')
    status = machine.submit("/srv/hello")
    assert ran(status) == Counter(image=1), "the layer that farm's own BuildKit cooked does for Docker's"
    kept = machine.at_host("curl -s --unix-socket /var/run/docker.sock http://docker/images/json")
    assert json.loads(kept) == [], "Docker keeps none of it as an image"


def test_it_goes_back_to_its_own(machine):
    machine.played("agent.yml")
    machine.build_with("own")
    usage = machine.host.run("/opt/tools/buildctl", "--addr", "unix:///run/farm-buildkit/buildkitd.sock", "du", "--verbose")
    assert f"own-{FRESH}" in usage
