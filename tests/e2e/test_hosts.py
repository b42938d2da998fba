"""A farm on three Docker hosts, each with its own BuildKit and agent: it uses them all, it makes the same bytes as
another farm, and whatever dies in the middle of a build, the build ends well and says what was retried."""

import os
import re
import subprocess
import time
from collections import Counter

import pytest
from builds import SERVICES, Running, digests, job_named, jobs_of, log_of, ran, results, submit, write_project
from farm import REPO, FarmClient, copy_market
from pair import SERVICES as PAIR
from pair import write_pair
from testbed import HostsFarm, wait_until

CHEF = "lukemathwalker/cargo-chef:latest-rust-1-bookworm"
DEBIAN = "debian:bookworm-slim"


def push_bases(farm: HostsFarm, *images: str) -> None:
    argv = [REPO / "deploy/local/base-images.sh", farm.registry.address, *images]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def client_of(farm: HostsFarm, home) -> FarmClient:
    return FarmClient(farm.programs, home, farm.client_env)


@pytest.fixture(scope="session")
def hosts(bed, programs):
    return [bed.add_host(f"host{number}") for number in (1, 2, 3)]


@pytest.fixture(scope="session")
def hosts_farm(bed, programs, hosts):
    """A farm on all three hosts."""
    farm = HostsFarm(bed, programs, "one", hosts)
    try:
        push_bases(farm, DEBIAN, CHEF)
        yield farm
    finally:
        farm.stop()


@pytest.fixture(scope="session")
def client(hosts_farm):
    return client_of(hosts_farm, hosts_farm.folder / "client")


@pytest.fixture(scope="session")
def cold_market(hosts_farm, client):
    """The market, built by a farm that never built anything."""
    return cold_build(client, copy_market(hosts_farm.folder / "market"))


@pytest.fixture(scope="session")
def second(bed, programs, hosts):
    """The client of a second farm on the same hosts, which shares nothing with the first one."""
    farm = HostsFarm(bed, programs, "two", hosts)
    try:
        push_bases(farm, DEBIAN, CHEF)
        yield client_of(farm, farm.folder / "client")
    finally:
        farm.stop()


@pytest.fixture(scope="session")
def undisturbed(second, tmp_path_factory):
    """The digests that the pair has where nothing goes wrong."""
    project = write_pair(tmp_path_factory.mktemp("undisturbed") / "pair", "undisturbed")
    return digests(submit(second, project, "--parallel", "all"))


def cold_build(client, project) -> dict:
    answer = client.submit(project, "--parallel", "all", seconds=1800)  # under a minute where nobody else works
    assert answer.code == 0, str(answer)
    return answer.json


def finished(running: Running) -> dict:
    """The status of a build that has to succeed, whatever was done to it."""
    answer = running.end()
    assert answer.code == 0, str(answer)
    return answer.json


def start(client, project) -> Running:
    return Running(client, "submit", "--parallel", "all", "--output", "json", cwd=project)


def test_a_cold_build_uses_all_hosts(cold_market):
    assert ran(cold_market) == Counter(deps=1, crates=1, compile=1, image=5)
    assert results(cold_market) == dict.fromkeys(SERVICES, "built")
    assert {job["attempts"] for job in cold_market["jobs"]} == {1}
    assert {job["agent"] for job in jobs_of(cold_market, "image")} == {"host1", "host2", "host3"}


def test_the_layer_of_dependencies_is_cooked_on_one_host_and_fetched_by_the_others(hosts_farm, client, tmp_path):
    """Two builds of one service each, at the same time: both need the layer, one host makes it."""
    project = write_pair(tmp_path / "pair", tmp_path.name, cook_seconds=2, compile_seconds=2)
    builds = [Running(client, "submit", "--output", "json", service, cwd=project) for service in PAIR]
    statuses = [finished(build) for build in builds]
    cook, crates = [job_named(statuses[0], kind) for kind in ("deps", "crates")]
    for job in (cook, crates):
        other = job_named(statuses[1], job["name"])
        assert (other["key"], other["agent"], other["digest"]) == (job["key"], job["agent"], job["digest"])
    layers = hosts_farm.registry.layers("farm/deps", cook["digest"])
    assert hosts_farm.registry.layers("farm/crates", crates["digest"])[: len(layers)] == layers
    images = [job_named(status, f"image {service}") for status, service in zip(statuses, PAIR)]
    assert len({job["agent"] for job in images}) == 2, images
    for status, job in zip(statuses, images):
        compiled = re.findall(r"Compiling (\S+)", log_of(client, status, job["name"]))
        assert compiled == [job["name"].removeprefix("image ")], "only what is the service's own"
        if job["agent"] not in (cook["agent"], crates["agent"]):
            base = f"{hosts_farm.registry.address}/farm/crates@{crates['digest']}"
            assert base in " ".join(hosts_farm.pulled(job["agent"]))


def test_another_farm_makes_the_same_images(cold_market, second, market):
    status = cold_build(second, market)
    assert results(status) == dict.fromkeys(SERVICES, "built")
    assert digests(status) == digests(cold_market)


@pytest.mark.parametrize("job", ["deps", "compile"])
def test_the_agent_of_a_job_killed_in_its_middle(hosts_farm, client, undisturbed, tmp_path, job):
    seconds = {"cook_seconds" if job == "deps" else "compile_seconds": 6}
    running = start(client, write_pair(tmp_path / "pair", tmp_path.name, **seconds))
    agent = hosts_farm.wait_for_job(job)
    hosts_farm.hosts[agent].kill9(hosts_farm.agent_unit)
    status = finished(running)
    hosts_farm.start_agent(agent)
    hosts_farm.wait_for_agents(agent)
    killed = job_named(status, job)
    assert killed["attempts"] == 2, killed
    assert killed["agent"] != agent
    assert agent in killed["reason"], "who was lost stands in the report"
    assert status["counters"]["retries"] == 1
    assert digests(status) == undisturbed
    assert_all_work(hosts_farm, client, tmp_path)


def test_the_coordinator_killed_in_the_middle_of_a_job(hosts_farm, client, undisturbed, tmp_path):
    running = start(client, write_pair(tmp_path / "pair", tmp_path.name, compile_seconds=6))
    agent = hosts_farm.wait_for_job("compile")
    hosts_farm.coordinator.kill9()
    hosts_farm.start_coordinator()
    status = finished(running)
    job = job_named(status, "compile")
    assert (job["attempts"], job["agent"]) == (1, agent), "the running job was not adopted"
    assert status["counters"]["retries"] == 0
    assert digests(status) == undisturbed
    hosts_farm.wait_for_agents()


def test_a_host_cut_off_in_the_middle_of_a_job(bed, hosts_farm, client, undisturbed, tmp_path):
    running = start(client, write_pair(tmp_path / "pair", tmp_path.name, compile_seconds=9))
    agent = hosts_farm.wait_for_job("compile")
    bed.cut(hosts_farm.hosts[agent])
    try:
        cut = time.monotonic()
        wait_until("the job moves", lambda: hosts_farm.wait_for_job("compile") != agent, 30)
        moved_after = time.monotonic() - cut
    finally:
        bed.join(hosts_farm.hosts[agent])
    status = finished(running)
    job = job_named(status, "compile")
    assert job["agent"] != agent
    assert job["attempts"] == 2
    assert moved_after < 10, "an agent is lost after 5 s of silence"
    assert digests(status) == undisturbed
    hosts_farm.wait_for_agents(agent)
    assert_all_work(hosts_farm, client, tmp_path)


def test_the_late_result_of_a_host_that_stood_still_changes_nothing(bed, hosts_farm, client, undisturbed, tmp_path):
    """The host goes on with the job after the farm gave the job to another one, and reports it too."""
    running = start(client, write_pair(tmp_path / "pair", tmp_path.name, compile_seconds=6))
    agent = hosts_farm.wait_for_job("compile")
    bed.freeze(hosts_farm.hosts[agent])
    try:
        wait_until("the job moves", lambda: hosts_farm.wait_for_job("compile") != agent, 30)
    finally:
        bed.thaw(hosts_farm.hosts[agent])
    status = finished(running)
    hosts_farm.wait_for_agents(agent)
    job = job_named(status, "compile")
    assert (job["agent"] != agent, job["attempts"]) == (True, 2)
    assert digests(status) == undisturbed
    wait_until("the late job is ended", lambda: not hosts_farm.agents()[agent]["running"])
    again = submit(client, tmp_path / "pair", "--parallel", "all")
    assert (digests(again), ran(again)) == (undisturbed, Counter())
    assert_all_work(hosts_farm, client, tmp_path)


def test_an_agent_with_a_key_that_nobody_knows_is_refused(hosts_farm):
    """The right name does not help. The agent that has the name and the key is not disturbed."""
    before = hosts_farm.metric("farm_keys_rejected_total")
    host = hosts_farm.hosts["host1"]
    hosts_farm.new_key("stranger")
    hosts_farm.start_agent("host1", key="stranger", unit="stranger")
    try:
        wait_until("it is counted", lambda: hosts_farm.metric("farm_keys_rejected_total") > before)
        public = host.run("sed", "-n", "s/^public: //p", f"/etc/farm/{hosts_farm.name}/stranger.key").strip()
        wait_until("it is logged", lambda: public in hosts_farm.coordinator_log())
        wait_until("the agent says so", lambda: "key" in host.logs("stranger"))
        assert hosts_farm.agents()["host1"]["state"] == "up"
    finally:
        if host.running("stranger"):
            host.kill9("stranger")


def test_a_full_registry_is_one_message_and_no_end_of_the_farm(bed, programs, hosts, tmp_path):
    farm = HostsFarm(bed, programs, "full", hosts[:1], registry_size="160m")
    try:
        push_bases(farm, DEBIAN)
        client = client_of(farm, tmp_path / "client")
        text = f"FROM {DEBIAN}\nCOPY slice /slice\nRUN head -c 20M /dev/urandom > /bytes\n"
        project = write_project(tmp_path / "project", {"big": text}, "full")
        (project / "big/slice").write_bytes(b"slice")
        ballast = farm.registry.data / "ballast"
        fill(ballast, leave=8 << 20)
        answer = client.submit(project)
        assert answer.code == 1, str(answer)
        reason = answer.json["services"][0]["reason"]
        assert "registry" in reason and answer.json["state"] == "failed", str(answer)
        (project / "big/slice").write_bytes(b"another slice")
        fill(ballast, leave=0)
        answer = client.submit(project)
        assert answer.code in (1, 3), str(answer)
        assert farm.registry.address in answer.err + answer.out, str(answer)
        ballast.unlink()
        assert results(submit(client, project)) == {"big": "built"}
    finally:
        farm.stop()


def fill(ballast, leave: int) -> None:
    """Makes the file so long that its disk has so many bytes left."""
    ballast.unlink(missing_ok=True)
    disk = os.statvfs(ballast.parent)
    with open(ballast, "wb") as out:
        os.posix_fallocate(out.fileno(), 0, disk.f_bavail * disk.f_frsize - leave)


def assert_all_work(farm: HostsFarm, client, tmp_path) -> None:
    """Three images at a time that take a second: each host gets one."""
    text = f"FROM {DEBIAN}\nRUN sleep 2 && echo {tmp_path.name} "
    project = write_project(tmp_path / "three", {name: f"{text} {name}\n" for name in "abc"}, "hosts-three")
    status = submit(client, project, "--parallel", "all")
    assert {job["agent"] for job in jobs_of(status, "image")} == set(farm.hosts)
