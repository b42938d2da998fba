"""deploy/ansible's playbooks, run from this machine over SSH on hosts of the test bed."""

import functools
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
ANSIBLE = REPO / "deploy/ansible"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass
class Played:
    """What a run of a playbook left: `changed` says for each host how many tasks changed something."""

    code: int
    text: str
    changed: dict[str, int]

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.text[-6000:]}"


def parse_played(text: str) -> Played:
    """Of a run whose output ends with `exit CODE`."""
    text, _, code = text.rstrip().rpartition("exit ")
    return Played(int(code), text, {match[1]: int(match[3]) for match in RECAP.finditer(text)})


class Playbooks:
    """An inventory below `folder`, and the keys by which Ansible gets into the hosts."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.folder = folder
        self._key = folder / "ssh"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key], check=True)
        self.inventory = folder / "hosts.yml"

    def admit(self, host) -> None:
        host.allow_ssh(self._key.with_suffix(".pub").read_text())

    def write_inventory(self, groups: dict[str, list], variables: dict, client_keys: list[str]) -> None:
        """`groups`: group → hosts of the test bed. `variables`: text by name, for all hosts."""
        common = f"-o StrictHostKeyChecking=no -o UserKnownHostsFile={self.folder}/known_hosts"
        lines = ["all:", "  vars:", "    ansible_user: root", f"    ansible_ssh_private_key_file: {self._key}"]
        lines += [f"    ansible_ssh_common_args: {common}", "    farm_client_keys:"]
        lines += [f"      - !unsafe '{line}'" for line in client_keys]
        lines += [f"    {name}: {value}" for name, value in variables.items()]
        lines += ["  children:"]
        for group, hosts in groups.items():
            lines += [f"    {group}:", "      hosts:"]
            lines += [f"        {host.name}: {{ansible_host: {host.address}}}" for host in hosts]
        self.inventory.write_text("\n".join(lines) + "\n")

    def play(self, playbook: str, *words: str, seconds: float = 1200) -> Played:
        """Runs a playbook to its end, whatever comes of it."""
        argv = ["/usr/bin/ansible-playbook", "-i", str(self.inventory), playbook, *words]
        env = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        # A short path: Ansible keeps sockets of SSH connections there.
        env |= {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(self.folder / "a")}
        log = self.folder / f"{Path(playbook).stem}.log"
        with open(log, "w") as out:
            done = subprocess.run(
                argv, cwd=ANSIBLE, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=seconds, check=False
            )
        text = log.read_text()
        recap = {match[1]: int(match[3]) for match in RECAP.finditer(text)}
        return Played(done.returncode, text, recap)


@functools.cache
def build_packages(build: Path, release: int) -> Path:
    """The folder of the Debian packages of what lies in a build folder; made once for all tests of a run."""
    out = build / f"packages-of-tests/{release}"
    argv = [REPO / "deploy/packages.sh", "--build", build, "--out", out, "--release", str(release)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return out
