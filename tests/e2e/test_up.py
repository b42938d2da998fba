"""farmctl up, down and logs of running services, on a real Docker engine: what was built is what runs."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from builds import FRESH, digests, submit, write_project

# Says who it is, then answers health checks by being there. Ends at once when asked.
RUNS = 'CMD ["/bin/bash", "-c", "trap \'exit 0\' TERM; echo NAME says WORD; sleep 1000 & wait"]\n'


def dockerfile(name: str, word: str) -> str:
    return f"FROM debian:bookworm-slim\nRUN echo built NAME {FRESH} > /built\n{RUNS}".replace("NAME", name).replace("WORD", word)


@pytest.fixture
def project(tmp_path, local_farm):
    """`web` needs `app`, which needs a healthy `store`; the store is somebody else's image. Nothing needs `alone`."""
    texts = {name: dockerfile(name, "hello") for name in ("app", "web", "alone")}
    folder = write_project(tmp_path / "shop", texts, f"shop-{tmp_path.name.replace('_', '-')[-40:].lower()}")
    file = folder / "compose.yaml"
    text = file.read_text()
    for service, needed in (("app", "      store: {condition: service_healthy}\n"), ("web", "      app: {condition: service_started}\n")):
        text = text.replace(f"  {service}:\n", f"  {service}:\n    stop_grace_period: 2s\n    depends_on:\n{needed}")
    text += (
        f"  store:\n    image: {local_farm.registry}/library/debian:bookworm-slim\n    init: true\n"
        "    command: [/bin/bash, -c, 'sleep 0.3; touch /ready; exec sleep 1000']\n    stop_grace_period: 1s\n"
        "    healthcheck: {test: [CMD, test, -e, /ready], interval: 200ms, retries: 100}\n"
    )
    file.write_text(text)
    return folder


@pytest.fixture
def client(local_farm, engine, compose, tmp_path):
    """farmctl with that engine and a compose in its PATH; whatever it started is gone at the end."""
    made = local_farm.another(tmp_path / "client")
    made.extra_env |= engine.environment(compose.parent)
    yield made
    for state in made.home.glob("state/farm/up/*/state.json"):
        found = json.loads(state.read_text())
        stopped = made.run("down", "--timeout", "1", "-p", found["project"], cwd=Path(found["folder"]))
        assert stopped.code == 0, str(stopped)


class Containers:
    """Those of a project, by service."""

    def __init__(self, engine, project: Path):
        self.engine = engine
        self.name = re.search(r"^name: (.*)$", (project / "compose.yaml").read_text(), re.MULTILINE).group(1)

    def running(self) -> dict:
        ids = self.engine.docker("ps", "-q", "--filter", f"label=com.docker.compose.project={self.name}").split()
        found = json.loads(self.engine.docker("inspect", *ids)) if ids else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}


def up(client, project, *words):
    answer = client.run("up", "--detach", *words, cwd=project)
    assert answer.code == 0, str(answer)
    return answer


def test_what_was_built_runs_by_digest_in_the_order_of_dependencies(client, engine, project):
    up(client, project, "--parallel")
    running = Containers(engine, project).running()
    assert set(running) == {"store", "app", "web", "alone"}
    built = digests(submit(client, project))
    for service, digest in built.items():
        assert running[service]["Config"]["Image"].endswith(f"@{digest}"), service
    began = {service: each["State"]["StartedAt"] for service, each in running.items()}
    assert began["store"] < began["app"] < began["web"]
    assert running["store"]["State"]["Health"]["Status"] == "healthy"


def test_one_service_starts_with_what_it_depends_on_and_only_that_is_built(client, engine, project):
    answer = up(client, project, "app")
    assert set(Containers(engine, project).running()) == {"store", "app"}
    assert re.search(r"^app +(built|hit)", answer.out, re.MULTILINE)
    assert "alone" not in answer.out


def test_a_change_restarts_its_service_alone(client, engine, project):
    up(client, project, "--parallel")
    containers = Containers(engine, project)
    before = {service: each["Id"] for service, each in containers.running().items()}
    (project / "app/Dockerfile").write_text(dockerfile("app", "good morning"))
    up(client, project, "app")
    after = {service: each["Id"] for service, each in containers.running().items()}
    assert {service for service in before if before[service] != after.get(service)} == {"app"}
    assert "app says good morning" in client.run("logs", "app", cwd=project).out


def test_a_failing_build_starts_and_stops_nothing(client, engine, project):
    up(client, project, "app")
    containers = Containers(engine, project)
    before = {service: each["Id"] for service, each in containers.running().items()}
    (project / "app/Dockerfile").write_text(f"FROM debian:bookworm-slim\nRUN echo {FRESH} && false\n")
    answer = client.run("up", "-d", "app", cwd=project)
    assert answer.code == 1, str(answer)
    assert "nothing was started" in answer.err
    assert {service: each["Id"] for service, each in containers.running().items()} == before


def test_logs_are_those_of_the_running_service_and_of_the_build_where_that_is_asked_for(client, project):
    file = project / "alone/Dockerfile"
    file.write_text(file.read_text().replace("RUN echo built", f"RUN echo {project.parent.name} built"))
    built = f"echo {project.parent.name} built"
    up(client, project, "alone")
    running = client.run("logs", "alone", cwd=project / "web")
    assert "alone says hello" in running.out, f"from a folder below, too: {running}"
    assert built not in running.out
    build = client.run("logs", "alone", "--build", "0", cwd=project)
    assert built in build.out, str(build)
    assert "alone says hello" not in build.out
    assert built in client.run("logs", "image alone", cwd=project).out, "a job's name means the job"
    assert client.run("down", "--timeout", "1", cwd=project).code == 0
    assert built in client.run("logs", "alone", cwd=project).out, "nothing runs any more: the build's log"


def test_a_service_whose_name_begins_with_a_dash_is_no_option(client, engine, tmp_path):
    odd = write_project(tmp_path / "odd", {"-q": dockerfile("odd", "hello")}, f"odd-{FRESH}")
    up(client, odd, "--", "-q")
    assert set(Containers(engine, odd).running()) == {"-q"}
    log = client.run("logs", "--tail", "all", "--", "-q", cwd=odd)
    assert (log.code, "odd says hello" in log.out) == (0, True), str(log)
    assert client.run("down", "--timeout", "1", cwd=odd).code == 0
    assert not Containers(engine, odd).running()


def test_the_last_lines_of_a_log_are_as_many_as_asked_for_of_services_and_of_builds(client, compose, project):
    file = project / "alone/Dockerfile"
    lines = "RUN for i in 1 2 3 4 5; do echo line-$((i * 7)); done\n" + RUNS.replace("echo NAME says WORD", "echo one; echo two")
    file.write_text(f"FROM debian:bookworm-slim\nRUN echo {FRESH} {project.parent.name}\n{lines}")
    up(client, project, "--build", "alone")
    end = time.monotonic() + 60
    while "two\n" not in client.run("logs", "alone", cwd=project).out:
        assert time.monotonic() < end, "the container says nothing"
    state = json.loads(next(client.home.glob("state/farm/up/*/state.json")).read_text())
    for words in (("alone", "--tail", "1"), ("alone", "-n", "1"), ("alone", "--tail=all"), ("alone",), ("--tail", "1"), ()):
        theirs = subprocess.run([*state["compose"], "logs", *words], env=client.env, capture_output=True, text=True, check=True)
        assert theirs.stdout and client.run("logs", *words, cwd=project).out == theirs.stdout
    whole = client.run("logs", "--build", "0", "alone", cwd=project).out
    assert "line-35\n" in whole
    for words, count in ((("--tail", "3"), 3), (("-n", "1"), 1), (("--tail", "0"), 0), (("--tail", "all"), None), (("--tail", "99999"), None)):
        for follow in ((), ("--follow",)):
            answer = client.run("logs", "--build", "0", "alone", *words, *follow, cwd=project)
            lines = whole.splitlines(keepends=True)
            assert answer.out == "".join(lines if count is None else lines[len(lines) - count :]), f"{words}: {answer}"


def test_a_running_log_is_followed_until_ctrl_c(client, project):
    up(client, project, "alone")
    following = client.start("logs", "-f", "alone", cwd=project)
    printed = next((line for line in following.stdout if "alone says hello" in line), None)
    assert printed, following.stderr.read()
    assert following.poll() is None, "it goes on"
    following.send_signal(signal.SIGTERM)
    assert following.wait(30) in (0, 1)


def test_down_removes_what_up_started_and_nothing_else(client, engine, project, tmp_path):
    other = write_project(tmp_path / "other", {"solo": dockerfile("solo", "hi")}, f"other-{FRESH}")
    up(client, project, "alone")
    up(client, other)
    answer = client.run("down", "--timeout", "1", cwd=project)
    assert answer.code == 0, str(answer)
    assert not Containers(engine, project).running()
    assert set(Containers(engine, other).running()) == {"solo"}
    again = client.run("down", cwd=project)
    assert again.code == 0
    assert "nothing" in again.out


def test_the_users_compose_files_stay_as_they_are(client, project):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    up(client, project, "alone")
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_without_compose_the_error_names_what_is_missing_before_anything_is_built(local_farm, project, tmp_path):
    client = local_farm.another(tmp_path / "bare")
    client.extra_env["PATH"] = str(tmp_path)
    answer = client.run("up", cwd=project)
    assert answer.code == 2, str(answer)
    assert "`docker compose` or `docker-compose`" in answer.err
    assert not answer.out


def test_a_compose_that_is_too_old_is_refused_with_both_versions(local_farm, project, tmp_path):
    old = tmp_path / "old/docker-compose"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 1.29.2\n")
    old.chmod(0o755)
    client = local_farm.another(tmp_path / "bare")
    client.extra_env["PATH"] = str(old.parent)
    answer = client.run("up", cwd=project)
    assert answer.code == 2, str(answer)
    assert "docker-compose 1.29.2" in answer.err
    assert "2.24.4" in answer.err


def test_a_service_that_is_not_there_is_refused(client, project):
    answer = client.run("up", "-d", "nobody", cwd=project)
    assert answer.code == 2, str(answer)
    assert "there is no service \"nobody\"" in answer.err


def test_compose_itself_agrees_with_what_is_pinned(client, compose, project):
    up(client, project, "alone")
    state = json.loads(next(client.home.glob("state/farm/up/*/state.json")).read_text())
    words = [compose, *state["compose"][state["compose"].index("-p"):], "config", "--format", "json"]
    done = subprocess.run([str(word) for word in words], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    alone = json.loads(done.stdout)["services"]["alone"]
    assert "build" not in alone
    assert alone["image"] == state["images"]["alone"]
