"""What tests ask of a build's status (docs/json.md), and small projects that build in a second."""

import os
import re
import secrets
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import farm

SERVICES = {
    "execution_service_rust", "game_shard_rust_shard_01", "game_shard_rust_shard_02",
    "market_discovery_rust", "orchestrator_rust", "signal_processor_rust",
}  # fmt: skip
LOCAL_CRATES = (
    "execution_service_rust", "game_shard_rust", "market_discovery_rust", "orchestrator_rust", "rust_core",
    "signal_processor_rust",
)  # fmt: skip
# In what no earlier run of the tests may have built.
FRESH = secrets.token_hex(4)
# Suites share one farm, which counts, compares and explains by project: a project has one suite.
_suites: dict[str, str] = {}


def ran(status: dict) -> Counter:
    """How many jobs of each kind an agent ran for this build."""
    return Counter(job["kind"] for job in status["jobs"] if job["attempts"] > 0)


def results(status: dict) -> dict:
    return {service["service"]: service["result"] for service in status["services"]}


def digests(status: dict) -> dict:
    return {service["service"]: service["digest"] for service in status["services"]}


def job_named(status: dict, name: str) -> dict:
    found = [job for job in status["jobs"] if job["name"] == name]
    assert len(found) == 1, f"`{name}` among {[job['name'] for job in status['jobs']]}"
    return found[0]


def jobs_of(status: dict, kind: str) -> list[dict]:
    return [job for job in status["jobs"] if job["kind"] == kind and job["attempts"] > 0]


def log_of(client, status: dict, job: str) -> str:
    answer = client.run("logs", "--build", status["build"], job)
    assert answer.code == 0, str(answer)
    return answer.out


def compiled(client, status: dict) -> Counter:
    """How often each local crate was compiled in all jobs of the build, by what cargo said. A cook compiles stubs."""
    counts = Counter()
    for job in status["jobs"]:
        if job["attempts"] > 0 and job["kind"] != "deps":
            counts.update(re.findall(r"Compiling (\S+) v", log_of(client, status, job["name"])))
    return Counter({name: counts[name] for name in LOCAL_CRATES if counts[name]})


def submit(client, project: Path, *words) -> dict:
    """A build that has to succeed: its status."""
    answer = client.submit(project, *words)
    assert answer.code == 0, str(answer)
    return answer.json


def assert_farm_goes_on(client, project: Path) -> None:
    """After whatever went wrong: the market, built before, is all hits."""
    status = submit(client, project, "--parallel", "all")
    assert set(results(status).values()) == {"hit"}, status
    assert not ran(status)


def add_line(file: Path, line: str) -> None:
    """One more line at the end, and a modification time that no clock has to help."""
    before = file.stat()
    file.write_text(file.read_text() + line + "\n")
    assert file.stat().st_size != before.st_size


def write_project(folder: Path, services: dict, name: str, tail: str = "") -> Path:
    """A compose project: service → its Dockerfile's text, or build keys (a text, or lines) with `dockerfile_text`."""
    suite = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    assert _suites.setdefault(name, suite) == suite, f"the project {name} belongs to {_suites[name]}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"name: {name}", "services:"]
    for service, build in services.items():
        keys = dict(build) if isinstance(build, dict) else {"dockerfile_text": build}
        (folder / service).mkdir(exist_ok=True)
        (folder / service / "Dockerfile").write_text(keys.pop("dockerfile_text"))
        lines += [f"  {service}:", "    build:", f"      context: {keys.pop('context', service)}"]
        for key, value in keys.items():
            rest = [f"      {key}:", *(f"        {line}" for line in value)]
            lines += [f"      {key}: {value}"] if isinstance(value, str) else rest
    (folder / "compose.yaml").write_text("\n".join(lines) + "\n" + tail)
    return folder


def wait_for_log(client, job: str, text: str, seconds: float = 120) -> None:
    """Until the job of the newest build has printed the text."""
    end = time.monotonic() + seconds
    while text not in (log := client.run("logs", job).out):
        assert time.monotonic() < end, f"`{text}` is not in the log of {job}:\n{log}"
        time.sleep(0.05)


class Running:
    """A farmctl that goes on while the test does something; its standard error as lines, as they come."""

    def __init__(self, client, *words, cwd: Path):
        self.process = client.start(*words, cwd=cwd)
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._ended = False
        self._out = ""
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_err, self._read_out)]
        for reader in self._readers:
            reader.start()

    def _read_err(self) -> None:
        for line in self.process.stderr:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def _read_out(self) -> None:
        self._out = self.process.stdout.read()

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match:
        """The first line that matches. Fails if the program ends without it."""
        def found():
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        with self._more:
            self._more.wait_for(lambda: found() or self._ended, seconds)
            match = found()
        assert match, f"no line matches `{pattern}`:\n" + "\n".join(self.lines)
        return match

    def end(self, seconds: float = 300) -> farm.Answer:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("farmctl does not end; it said:\n" + "\n".join(self.lines)) from None
        for reader in self._readers:
            reader.join(30)
        return farm.Answer([str(word) for word in self.process.args], code, self._out, "\n".join(self.lines) + "\n")
