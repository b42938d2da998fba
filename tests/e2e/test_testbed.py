"""The test bed does what tests rely on: hosts that build, a network that can be cut, crashes that lose nothing kept."""

import json
import subprocess

import pytest
from testbed import EngineError, wait_until

SOCKET = "unix:///run/buildkit/buildkitd.sock"


@pytest.fixture(scope="module")
def hosts(bed, bed_registry):
    made = [bed.add_host(f"bed{number}") for number in (1, 2, 3)]
    for host in made:
        host.start_buildkitd(bed_registry.address)
    return made


def build(host, registry, name, lines="RUN hostname > /made-by"):
    """Builds a small image in the host and pushes it. Returns its digest."""
    host.write("/tmp/context/Dockerfile", f"FROM debian:bookworm-slim\nENV MADE_BY={host.name}\n{lines}\n")
    output = f"type=image,name={registry.address}/{name},push=true"
    locals_ = ["--local", "context=/tmp/context", "--local", "dockerfile=/tmp/context"]
    where = ["--metadata-file", "/tmp/metadata.json", "--output", output]
    host.run("/opt/tools/buildctl", "--addr", SOCKET, "build", "--frontend", "dockerfile.v0", *locals_, *where)
    return json.loads(host.run("cat", "/tmp/metadata.json"))["containerimage.digest"]


def reaches(host, registry):
    try:
        return host.run("curl", "-sS", "-m", "3", f"http://{registry.address}/v2/").strip() == "{}"
    except EngineError:
        return False


def test_three_hosts_have_addresses_of_their_own_and_each_builds_from_the_registry(hosts, bed_registry):
    assert len({host.address for host in hosts}) == 3
    digests = {build(host, bed_registry, f"bed/{host.name}:1") for host in hosts}
    assert len(digests) == 3
    for host in hosts:
        assert bed_registry.tags(f"bed/{host.name}") == ["1"]


def test_a_host_that_is_cut_off_reaches_nothing_until_it_joins_again_under_its_address(bed, hosts, bed_registry):
    host = hosts[0]
    assert reaches(host, bed_registry)
    bed.cut(host)
    assert not reaches(host, bed_registry)
    assert host.running("buildkitd")
    bed.join(host)
    assert reaches(host, bed_registry)
    assert host.address in host.run("ip", "-4", "addr", "show", "scope", "global")


def test_a_killed_unit_is_gone_at_once_and_can_be_started_again(hosts, bed_registry):
    host = hosts[1]
    host.kill9("buildkitd")
    wait_until("buildkitd is gone", lambda: not host.running("buildkitd"))
    host.start_buildkitd(bed_registry.address)
    assert host.running("buildkitd")


def test_a_host_that_crashed_boots_with_what_it_kept(bed, hosts):
    host = hosts[2]
    host.write("/var/lib/farm/kept", "yes")
    bed.crash(host)
    bed.boot(host)
    assert host.run("cat", "/var/lib/farm/kept") == "yes"


def test_ssh_lets_the_owner_of_the_key_in(bed, hosts, tmp_path):
    host = hosts[0]
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    host.allow_ssh(key.with_suffix(".pub").read_text())
    options = ["-i", key, "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known"]
    command = ["ssh", *options, f"root@{host.address}", "hostname"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, host.name), done.stderr


# Perl is part of the smallest Debian.
SERVER = """#!/usr/bin/perl
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
  my $line = <$client>;
  print $client "HTTP/1.0 200 OK\\r\\n\\r\\nhello $ENV{WHO}";
  close $client;
}
"""


def test_an_image_from_the_registry_runs_and_answers(bed, hosts, bed_registry):
    hosts[0].write("/tmp/context/serve", SERVER, "755")
    build(hosts[0], bed_registry, "bed/serve:1", 'COPY serve /serve\nCMD ["/serve"]')
    assert bed.engine.run_image(f"{bed_registry.address}/bed/serve:1", "/", {"WHO": "you"}) == "hello you"


def test_an_image_that_ends_at_once_is_reported_with_its_log(bed, hosts, bed_registry):
    build(hosts[0], bed_registry, "bed/ends:1", 'CMD ["sh", "-c", "echo no luck; exit 3"]')
    with pytest.raises(EngineError, match="(?s)ended.*no luck"):
        bed.engine.run_image(f"{bed_registry.address}/bed/ends:1")
