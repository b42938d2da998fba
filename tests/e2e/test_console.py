"""The console in a real browser: with made-up farms for what a real one seldom is, and driving a real farm. The scenarios are in
console/tests/browser; pictures of what they saw stay in build/results/console."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest
from builds import FRESH, Running, results, submit, write_project
from farm import REPO, FarmClient

BASE = "FROM debian:bookworm-slim\n"
BROWSER_TESTS = REPO / "console/tests/browser"
SHOTS = REPO / "build/results/console"
SCENARIOS = [(BROWSER_TESTS / name).read_text().partition("export const scenarios")[2] for name in ("made_up.mjs", "token.mjs")]
MADE_UP = re.findall(r"^  '?([a-z-]+)'?: ", "".join(SCENARIOS), re.M)


class Scenario:
    """A browser scenario that goes on while the test does something at its steps."""

    def __init__(self, console: Path, name: str, *options: str, facts: dict | None = None):
        argv = ["node", "tests/browser/run.mjs", "--shots", str(SHOTS), *options, name]
        env = {**os.environ, "FARM_FACTS": json.dumps(facts or {})}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        self.process = subprocess.Popen(argv, cwd=console / "console-work", env=env, text=True, **pipes)
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line)
                self._more.notify_all()
        with self._more:
            self.lines.append("")  # the end
            self._more.notify_all()

    def wait_for(self, step: str, seconds: float = 300) -> None:
        with self._more:
            self._more.wait_for(lambda: f"step: {step}\n" in self.lines or self.lines[-1:] == [""], seconds)
            assert f"step: {step}\n" in self.lines, "".join(self.lines)

    def end(self, seconds: float = 600) -> None:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._reader.join(30)
        assert self.process.returncode == 0, "".join(self.lines)


@pytest.fixture(scope="session")
def console(programs) -> Path:
    """The folder of the build that holds the console and the copy that its tests run from."""
    for program, how in (("node", "Node.js 20.19 or later"), ("chromium", "tools/install.sh --for test")):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: {how}")
    folder = programs.parent
    if not (folder / "share/farm/console/index.html").is_file() or not (folder / "console-work/node_modules").exists():
        pytest.skip(f"no console in {folder}: `cmake --build … --target console` says why")
    return folder


@pytest.fixture
def url(console, local_farm) -> str:
    """Where the coordinator serves the console."""
    ports = dict(line.split() for line in (local_farm.local / "ports").read_text().splitlines())
    return f"http://127.0.0.1:{ports['http']}/"


def wait_for_http(url: str) -> None:
    for _ in range(100_000):
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "healthz", timeout=5) as answer:
            assert answer.status == 200
            return
    pytest.fail(f"{url} does not answer")


@pytest.fixture(scope="session")
def changed(local_farm, short_dir) -> dict:
    """Two services, built; then one of them with another file: the second status."""
    texts = {name: f"{BASE}COPY text /text\nRUN echo shown {name} {FRESH}\n" for name in ("left", "right")}
    project = write_project(short_dir / "console", texts, f"console-{FRESH}")
    for name in texts:
        (project / name / "text").write_text(FRESH)
    submit(local_farm, project, "--parallel", "all")
    (project / "left/text").write_text("changed")
    status = submit(local_farm, project, "--parallel", "all")
    assert results(status) == {"left": "built", "right": "hit"}
    return status


@pytest.mark.parametrize("name", MADE_UP)
def test_made_up_farm(console, name):
    Scenario(console, name, "--dist", str(console / "share/farm/console")).end()


def test_a_build_is_watched_from_its_submission_to_its_end(console, url, local_farm, tmp_path):
    with socket.socket() as gate:
        gate.bind(("127.0.0.1", 0))  # nobody listens: the step waits until the browser has seen enough
        door = f"/dev/tcp/127.0.0.1/{gate.getsockname()[1]}"
        knock = f"for i in {{1..3000}}; do (exec 3<>{door}) 2>/dev/null && break; sleep 0.1; done"
        script = f"echo begun-$((6 * 7)) {FRESH}; {knock}; echo opened-$((6 * 7))"
        name = f"console-watched-{FRESH}"
        project = write_project(tmp_path / "watched", {"slow": BASE + f"RUN {json.dumps(['/bin/bash', '-c', script])}\n"}, name)
        scenario = Scenario(console, "watches-a-build-from-its-submission-to-its-end", "--url", url, facts={"project": name})
        scenario.wait_for("open")
        running = Running(local_farm, "submit", cwd=project)
        try:
            scenario.wait_for("seen")
        finally:
            gate.listen()
        assert running.end().code == 0
        scenario.end()


def test_the_log_of_a_failing_job_is_opened_and_searched(console, url, local_farm, tmp_path):
    shout = "printf 'needle-%s\\n' $((6 * 7))"
    texts = {"broken": f"{BASE}RUN echo {FRESH} && {shout} && {shout} && {shout} && exit 3\n", "fine": f"{BASE}RUN echo {FRESH} fine\n"}
    project = write_project(tmp_path / "broken", texts, f"console-broken-{FRESH}")
    answer = local_farm.submit(project, "--parallel", "all")
    assert answer.code == 1, str(answer)
    facts = {"build": answer.json["build"], "project": answer.json["project"]}
    Scenario(console, "opens-the-log-of-a-failing-job-and-finds-the-error", "--url", url, facts=facts).end()


def test_the_console_tells_why_a_service_was_rebuilt(console, url, local_farm, changed):
    reason = next(job["reason"] for job in changed["jobs"] if job["name"] == "image left")
    assert "changed" in reason
    before = local_farm.run("explain", "left", "--build", changed["build"], "--output", "json").json["last_build"]
    facts = {"build": changed["build"], "before": before, "reason": reason}
    Scenario(console, "finds-out-why-a-service-was-rebuilt", "--url", url, facts=facts).end()


def test_agents_and_cache_are_shown_in_both_themes_and_on_a_phone(console, url, changed):
    facts = {"build": changed["build"], "project": changed["project"], "agents": ["local-1", "local-2"]}
    Scenario(console, "shows-agents-and-cache", "--url", url, facts=facts).end()


def test_a_running_build_is_cancelled_and_an_agent_drained_with_a_token(console, url, local_farm, tmp_path):
    name = f"console-cancelled-{FRESH}"
    made = local_farm.run("keys", "token", "add", "console", "--role", "admin")
    assert made.code == 0, str(made)
    project = write_project(tmp_path / "cancelled", {"slow": f"{BASE}RUN echo {FRESH} cancelled && sleep 600\n"}, name)
    facts = {"project": name, "token": made.out.strip(), "agent": "local-1"}
    scenario = Scenario(console, "cancels-a-build-and-drains-an-agent-with-a-token", "--url", url, facts=facts)
    try:
        scenario.wait_for("open")
        answer = Running(local_farm, "submit", "--output", "json", cwd=project).end()
        scenario.end()
    finally:
        local_farm.run("keys", "token", "rm", "console")
        local_farm.run("undrain", "local-1")
    assert (answer.code, answer.json["state"]) == (1, "cancelled"), str(answer)
    assert "console" in answer.json["reason"]


def test_a_farm_that_takes_a_token_to_read_shows_the_token_s_projects(console, url, local_farm, programs, changed, tmp_path):
    other = submit(local_farm, write_project(tmp_path / "other", {"one": f"{BASE}RUN echo {FRESH} other\n"}, f"console-other-{FRESH}"))
    made = local_farm.run("keys", "token", "add", "reader", "--role", "reader", "--project", changed["project"])
    assert made.code == 0, str(made)
    settings = local_farm.local / "coordinator.yaml"
    assert "http_read" in settings.read_text()
    local_farm.kill9("coordinator")
    guarded = tmp_path / "coordinator.yaml"
    guarded.write_text(settings.read_text().replace('http_read: "open"', 'http_read: "token"'))
    with (tmp_path / "log").open("w") as log, subprocess.Popen([programs / "farm-coordinator", "--config", guarded], stderr=log) as running:
        try:
            wait_for_http(url)
            facts = {"project": changed["project"], "build": changed["build"], "other": other["build"], "token": made.out.strip()}
            Scenario(console, "reads-with-a-token-of-a-project", "--url", url, facts=facts).end()
        finally:
            running.terminate()
            running.wait(60)
            local_farm.up()
            local_farm.run("keys", "token", "rm", "reader")


def test_a_coordinator_that_is_away_is_noticed_and_its_return_too(console, url, local_farm: FarmClient, changed):
    scenario = Scenario(console, "notices-that-the-coordinator-is-away-and-comes-back", "--url", url)
    try:
        scenario.wait_for("live")
        local_farm.kill9("coordinator")
        scenario.wait_for("lost")
    finally:
        local_farm.up()
    scenario.end()
