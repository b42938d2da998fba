"""Parts of one local farm die, are not there, or are strangers: each gets an end, a message and a farm that goes on."""

import re
import socket
import subprocess
import time

import pytest
from builds import FRESH, Running, add_line, job_named, ran, results, wait_for_log, write_project
from farm import FarmClient

BASE = "FROM debian:bookworm-slim\n"


@pytest.fixture
def seconds_long(tmp_path):
    """A build of one image that takes some seconds and that nobody has built yet."""
    text = f"{BASE}RUN echo begun-$((6 * 7)) {tmp_path.name} {FRESH} && sleep 4\n"
    return write_project(tmp_path / "long", {"long": text}, "long")


def test_an_agent_killed_in_the_middle_of_a_job_loses_nothing(built, seconds_long, still_works):
    running = Running(built, "submit", cwd=seconds_long)
    agent = running.wait_for(r"image long: .*\((local-\d)\)").group(1)
    wait_for_log(built, "long", "begun-42")
    other = {"local-1": "local-2", "local-2": "local-1"}[agent]
    built.kill9(agent)
    answer = running.end()
    built.up()
    assert answer.code == 0, str(answer)
    assert "1 retried" in answer.out, answer.out
    status = built.run("watch", "--output", "json", re.search(r"build (\d+) succeeded", answer.out).group(1)).json
    job = job_named(status, "image long")
    assert (job["agent"], job["attempts"], job["state"]) == (other, 2, "succeeded")
    assert agent in job["reason"] + status["reason"], "who was lost stands in the report"
    assert results(status) == {"long": "built"}


def test_the_coordinator_killed_in_the_middle_of_a_build_goes_on_where_it_was(built, seconds_long, still_works):
    running = Running(built, "submit", cwd=seconds_long)
    wait_for_log(built, "long", "begun-42")
    built.kill9("coordinator")
    built.up()
    answer = running.end()
    assert answer.code == 0, str(answer)
    assert re.search(r"long +built", answer.out), answer.out


def test_the_coordinator_killed_between_two_builds_knows_what_was_built(built, still_works):
    built.kill9("coordinator")
    built.up()


def test_both_agents_killed_and_started_again_finish_the_build(built, seconds_long, still_works):
    running = Running(built, "submit", cwd=seconds_long)
    wait_for_log(built, "long", "begun-42")
    built.kill9("local-1")
    built.kill9("local-2")
    built.up()
    answer = running.end()
    assert answer.code == 0, str(answer)
    assert "retried" in answer.out


def test_a_registry_that_is_stopped_is_named_and_nothing_else_breaks(built, market, still_works):
    add_line(market / "execution_service_rust/src/main.rs", f"// While the registry is away, {FRESH}.")
    address = built.registry
    built.kill9("registry")
    try:
        answer = built.submit(market, "--parallel", "all")
    finally:
        built.up()
    assert answer.code == 3, str(answer)
    assert address in answer.err
    assert "registry" in answer.err
    again = built.submit(market, "--parallel", "all")
    assert again.code == 0, str(again)
    assert ran(again.json) == {"image": 1}


def test_a_registry_that_goes_away_under_a_job_is_waited_for(built, seconds_long, still_works):
    running = Running(built, "submit", cwd=seconds_long)
    wait_for_log(built, "long", "begun-42")
    built.kill9("registry")
    try:
        running.wait_for(r"image long: waiting: waiting for the registry, tries again in \d+ s")
    finally:
        built.up()
    answer = running.end()
    assert answer.code == 0, str(answer)
    status = built.run("watch", "--output", "json", re.search(r"build (\d+) succeeded", answer.out).group(1)).json
    assert "the registry was away: " in job_named(status, "image long")["reason"]
    assert results(status) == {"long": "built"}


def test_buildkit_killed_in_the_middle_of_a_job_is_no_failure_of_the_build(built, seconds_long, still_works):
    running = Running(built, "submit", cwd=seconds_long)
    wait_for_log(built, "long", "begun-42")
    built.kill9("buildkitd")
    built.up()
    answer = running.end()
    assert answer.code == 0, str(answer)
    assert "retried" in answer.out, answer.out


def test_no_farm_is_configured(programs, tmp_path, market):
    answer = FarmClient(programs, tmp_path / "stranger").submit(market)
    assert answer.code == 3, str(answer)
    assert "farmctl local up" in answer.err


@pytest.mark.parametrize("words", [("ps",), ("clean", "--yes")], ids="-".join)
def test_a_farm_that_does_not_answer(built, tmp_path, market, words):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = (built.local / "client.yaml").read_text()
    away = tmp_path / "away.yaml"
    away.write_text(re.sub(r"(tcp://127\.0\.0\.1:)\d+", rf"\g<1>{port}", config))
    answer = built.run("--config", away, *words, cwd=market, seconds=60)
    assert answer.code == 3, str(answer)
    assert f"127.0.0.1:{port}" in answer.err


def test_a_key_that_the_farm_does_not_know_is_refused(built, tmp_path, market, still_works):
    key = tmp_path / "own.key"
    assert built.run("keys", "new", key).code == 0
    config = (built.local / "client.yaml").read_text()
    strange = tmp_path / "strange.yaml"
    strange.write_text(re.sub(r"(?m)^key_file:.*$", f"key_file: {key}", config))
    answer = built.run("--config", strange, "submit", cwd=market)
    assert answer.code == 2, str(answer)
    assert "key" in answer.err
    assert answer.out == ""


# --- a platform that nobody has


class Lonely:
    """A coordinator with a short grace, the farm's registry and no agent at all."""

    def __init__(self, client: FarmClient, folder):
        self.client, self.folder = client, folder
        folder.mkdir()
        assert client.run("keys", "new", folder / "coordinator.key").code == 0
        entry = client.run("keys", "new", folder / "admin.key", "--name", "admin", "--role", "admin").out
        (folder / "book").write_text(entry)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        (folder / "coordinator.yaml").write_text(
            f"listen: {self.endpoint}\nhttp_listen: ''\nstate_dir: state\nkey_file: coordinator.key\nkey_book: book\n"
            f"registry:\n  address: {client.registry}\n  insecure: true\n"
            f"mirrors:\n  docker.io: {client.registry}\nno_agent_grace_s: 2\n"
        )
        public = client.run("keys", "show", folder / "coordinator.key").out.strip()
        (folder / "client.yaml").write_text(
            f"coordinator: {self.endpoint}\ncoordinator_key: '{public}'\nkey_file: admin.key\nregistry_insecure: true\n"
        )
        argv = [client.programs / "farm-coordinator", "--config", folder / "coordinator.yaml"]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=(folder / "log").open("wb"))

    def submit(self, project, *words):
        return self.client.run("--config", self.folder / "client.yaml", "submit", *words, cwd=project)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


@pytest.fixture
def lonely(local_farm, tmp_path):
    made = Lonely(local_farm, tmp_path / "lonely")
    yield made
    if made.process.poll() is None:
        assert made.stop() == 0


def test_a_platform_without_an_agent_is_told_at_once_and_can_be_cancelled(built, cold, market, still_works):
    running = Running(built, "submit", "--platform", "linux/arm64", "orchestrator", cwd=market)
    running.wait_for(r"no agent.*linux/arm64")
    running.process.terminate()
    answer = running.end()
    assert answer.code == 1, str(answer)


def test_without_an_agent_the_build_fails_after_the_grace_with_the_reason(lonely, tmp_path):
    project = write_project(tmp_path / "alone", {"alone": f"{BASE}RUN echo alone\n"}, "alone")
    started = time.monotonic()
    answer = lonely.submit(project)
    assert answer.code == 1, str(answer)
    assert "no agent" in answer.err + answer.out
    assert re.search(r"alone +failed", answer.out), answer.out
    assert time.monotonic() - started >= 2, "the grace"


def test_a_coordinator_without_its_registry_says_which(lonely, tmp_path):
    lonely.stop()
    config = lonely.folder / "coordinator.yaml"
    config.write_text(re.sub(r"(?m)address: .*$", "address: 127.0.0.1:1", config.read_text()))
    argv = [lonely.client.programs / "farm-coordinator", "--config", config]
    lonely.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=(lonely.folder / "log").open("wb"))
    answer = lonely.submit(write_project(tmp_path / "alone", {"alone": f"{BASE}RUN echo alone\n"}, "alone"))
    assert answer.code == 3, str(answer)
    assert "127.0.0.1:1" in answer.err
