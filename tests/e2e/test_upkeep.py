"""What takes the space and how it is freed: du, prune, clean. On a farm of its own, since these empty it."""

import fcntl
import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import farm
import pytest
from builds import Running, add_line, job_named, jobs_of, log_of, ran, results, submit, wait_for_log, write_project
from test_shapes import write_workspace

PROJECT = "onestage"


def stored_blobs(client) -> dict:
    """Name and size of every blob on the registry's disk."""
    folder = client.local / "registry/docker/registry/v2/blobs/sha256"
    return {path.parent.name: path.stat().st_size for path in folder.glob("*/*/data")}


def has_manifest(client, repository: str, reference: str) -> bool:
    """Whether the registry still has it."""
    kind = "application/vnd.oci.image.manifest.v1+json"
    url = f"http://{client.registry}/v2/{repository}/manifests/{reference}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": kind}, method="HEAD"), timeout=30) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        assert error.code == 404, error
        return False


def answer_of(client, *words) -> dict:
    """The JSON of a verb that has to succeed."""
    answer = client.run(*words, "--output", "json")
    assert answer.code == 0, str(answer)
    return answer.json


def groups(answer: dict, project: str) -> dict:
    return {group["kind"]: group for group in answer["groups"] if group["project"] == project}


@pytest.fixture(scope="module")
def upkeep(programs, tools, short_dir):
    """A farm of one agent that nobody else uses."""
    if shutil.which("docker-registry") is None:
        pytest.skip("no docker-registry: tools/install.sh --for run installs it")
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    environment = {"FARM_TOOLS_BIN": str(tools), "FARM_SHARE": str(farm.REPO)}
    client = farm.FarmClient(programs, short_dir / "upkeep", environment)
    try:
        client.up(agents=1)
        yield client
    finally:
        stopped = client.run("local", "down")
    assert stopped.code == 0, str(stopped)


@pytest.fixture(scope="module")
def workspace(upkeep, short_dir):
    """Two services with a dependency layer, built."""
    folder = write_workspace(short_dir / "upkeep-project")
    assert ran(submit(upkeep, folder, "--parallel", "all"))["deps"] >= 1
    return folder


@pytest.fixture(scope="module")
def bystander(upkeep, short_dir):
    """Another project, built."""
    folder = write_project(short_dir / "bystander", {"web": "FROM debian:bookworm-slim\nRUN echo bystander >/hello\n"}, "bystander")
    submit(upkeep, folder)
    return folder


def test_du_tells_what_takes_the_space_by_kind_project_and_agent(upkeep, workspace):
    told = answer_of(upkeep, "du")
    mine = groups(told, PROJECT)
    assert {"slices", "deps", "image"} <= set(mine), told
    assert all(group["bytes"] > 0 and group["newest_ms"] > 0 for group in mine.values()), told
    assert mine["image"]["items"] == 2
    on_disk = sum(stored_blobs(upkeep).values())
    assert 0.9 * on_disk <= told["registry_bytes"] <= on_disk, (told, on_disk)
    assert told["prunable_bytes"] == 0, "nothing is a week old"
    agent = told["agents"][0]
    assert (agent["name"], agent["error"]) == ("local-1", "")
    assert agent["slice_cache_bytes"] > 0
    assert agent["buildkit_bytes"] > 10_000_000
    text = upkeep.run("du").out
    assert "deps" in text
    assert "prune would free 0 B" in text


def test_a_dry_run_tells_what_would_go_and_changes_nothing(upkeep, workspace):
    before = stored_blobs(upkeep)
    would = answer_of(upkeep, "prune", "--older-than", "0s", "--dry-run")
    assert would["dry_run"]
    assert would["registry_bytes"] > 0
    assert {"deps", "slices"} <= {item["kind"] for item in would["items"]}
    assert would["agents"][0]["slice_bytes"] > 0
    assert stored_blobs(upkeep) == before
    assert not ran(submit(upkeep, workspace, "--parallel", "all"))
    assert answer_of(upkeep, "du")["agents"][0]["slice_cache_bytes"] > 0


def test_what_is_young_or_within_the_budget_stays(upkeep, workspace):
    before = stored_blobs(upkeep)
    pruned = answer_of(upkeep, "prune", "--older-than", "1h", "--keep-storage", "1TB")
    assert (pruned["results"], pruned["manifests"]) == (0, 0)
    assert stored_blobs(upkeep) == before


def test_a_prune_frees_the_registrys_disk_and_the_farm_builds_on(upkeep, workspace):
    deps = job_named(submit(upkeep, workspace, "--parallel", "all", "--no-cache"), "deps")
    before = stored_blobs(upkeep)
    pruned = answer_of(upkeep, "prune", "--older-than", "0s")
    assert pruned["notes"] == []
    assert pruned["results"] >= 1
    assert pruned["slices"] >= 1
    assert not has_manifest(upkeep, "farm/deps", deps["digest"])
    collected = pruned["garbage_collection"]
    freed = sum(before.values()) - sum(stored_blobs(upkeep).values())
    assert collected["done"], collected
    assert 0 < freed <= collected["freed_bytes"] * 1.01
    assert freed >= pruned["registry_bytes"], "what nothing names any more goes too"
    assert pruned["agents"][0]["error"] == ""
    assert pruned["agents"][0]["buildkit_bytes"] > 10_000_000
    after = answer_of(upkeep, "du")
    assert after["agents"][0]["slice_cache_bytes"] == 0
    assert "deps" not in groups(after, PROJECT)
    # Every service's newest image stayed.
    assert set(results(submit(upkeep, workspace, "--parallel", "all")).values()) == {"hit"}
    add_line(workspace / "hello/src/main.rs", "// after the prune")
    status = submit(upkeep, workspace, "--parallel", "all")
    assert ran(status)["deps"] == 1
    assert results(status) == {"hello": "built", "goodbye": "hit"}
    assert "hello says greetings 42" in log_of(upkeep, status, "hello")


def test_of_two_prunes_at_once_one_collects_the_registrys_garbage(upkeep):
    registry = upkeep.pid("registry")
    with open(upkeep.local / "run/garbage.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = answer_of(upkeep, "prune")
        up = upkeep.run("local", "up")
    assert up.code != 0 and "collects its garbage" in up.err, str(up)
    assert not answer["garbage_collection"]["done"]
    assert "another `farmctl prune`" in answer["garbage_collection"]["advice"]
    assert upkeep.pid("registry") == registry, "it was not stopped"
    assert answer_of(upkeep, "prune")["garbage_collection"]["done"]


class Collecting:
    """A prune whose `docker-registry garbage-collect` waits until the test lets it go on or kills somebody."""

    def __init__(self, client, folder: Path):
        self.client = client
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        program = folder / "docker-registry"
        real = shutil.which("docker-registry")
        wait = f'if [ "$1" = garbage-collect ]; then echo $$ >{folder}/pid.new; mv {folder}/pid.new {folder}/pid; read word <{self.gate}; fi'
        program.write_text(f'#!/bin/sh\n{wait}\nexec {real} "$@"\n')
        program.chmod(0o755)
        other = farm.FarmClient(client.programs, client.home, {**client.extra_env, "PATH": f"{folder}:{os.environ['PATH']}"})
        self.prune = other.start("prune", "--output", "json", cwd=folder)
        end = time.monotonic() + 60
        while not (folder / "pid").exists():
            assert self.prune.poll() is None and time.monotonic() < end, "no garbage collection began"
            time.sleep(0.02)
        self.collector = int((folder / "pid").read_text())
        self.keeper = int(Path(f"/proc/{self.collector}/stat").read_text().rpartition(")")[2].split()[1])

    def go_on(self) -> None:
        self.gate.write_text("go\n")


def wait_until(is_so) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def registry_answers(client) -> bool:
    try:
        with urllib.request.urlopen(f"http://{client.registry}/v2/", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def test_a_prune_that_is_killed_leaves_a_registry_that_runs_again_once_its_garbage_is_collected(upkeep, tmp_path):
    collecting = Collecting(upkeep, tmp_path)
    collecting.prune.kill()
    collecting.prune.wait(30)
    up = upkeep.run("local", "up")
    assert up.code == 2 and "collects its garbage" in up.err, f"nobody starts the registry under it: {up}"
    assert not registry_answers(upkeep)
    collecting.go_on()
    wait_until(lambda: registry_answers(upkeep))
    wait_until(lambda: not farm.is_alive(collecting.keeper))
    assert upkeep.run("local", "status").code == 0
    project = write_project(tmp_path / "after", {"web": f"FROM debian:bookworm-slim\nRUN echo {tmp_path.name} >/x\n"}, "aftergarbage")
    begun = upkeep.submit(project)
    assert begun.code == 0 and "garbage" not in begun.err, f"builds are held no longer: {begun}"
    assert answer_of(upkeep, "prune")["garbage_collection"]["done"]


def test_where_all_of_a_prune_is_killed_its_collection_ends_and_the_next_verb_starts_the_registry(upkeep, tmp_path):
    collecting = Collecting(upkeep, tmp_path)
    os.kill(collecting.prune.pid, signal.SIGKILL)
    os.kill(collecting.keeper, signal.SIGKILL)
    collecting.prune.wait(30)
    wait_until(lambda: not farm.is_alive(collecting.collector))
    assert not registry_answers(upkeep)
    looked = upkeep.run("du")
    assert looked.code == 0, str(looked)
    assert "starting it again" in looked.err
    assert registry_answers(upkeep)
    assert "starting it again" not in upkeep.run("du").err, "said once"


def test_where_the_collection_alone_is_killed_the_prune_says_so_and_the_registry_runs(upkeep, tmp_path):
    collecting = Collecting(upkeep, tmp_path)
    os.kill(collecting.keeper, signal.SIGKILL)
    out, err = collecting.prune.communicate(timeout=60)
    assert collecting.prune.returncode == 0, err
    told = json.loads(out)["garbage_collection"]
    assert not told["done"] and "ended by somebody" in told["advice"]
    assert registry_answers(upkeep)
    assert not farm.is_alive(collecting.collector)


def test_a_prune_during_a_build_leaves_what_the_build_needs(upkeep, workspace, tmp_path):
    project = shutil.copytree(workspace, tmp_path / PROJECT)
    dockerfile = project / "Dockerfile.hello"
    slow = f"RUN echo begun-$((6 * 7)) {tmp_path.name} && sleep 5\nRUN cargo build"
    dockerfile.write_text(dockerfile.read_text().replace("RUN cargo build", slow))
    running = Running(upkeep, "submit", "hello", cwd=project)
    wait_for_log(upkeep, "hello", "begun-42")
    pruned = answer_of(upkeep, "prune", "--older-than", "0s", "--keep-storage", "1B")
    answer = running.end()
    assert answer.code == 0, str(answer)
    assert pruned["in_use"] >= 1, pruned
    assert not pruned["garbage_collection"]["done"], "the registry is not stopped under a build"
    assert "builds are open" in pruned["garbage_collection"]["advice"]
    status = submit(upkeep, project, "hello")
    assert results(status) == {"hello": "hit"}
    image = status["services"][0]
    assert has_manifest(upkeep, image["image"].split("/", 1)[1].rsplit(":", 1)[0], image["digest"])


def test_clean_asks_first(upkeep, workspace):
    answer = upkeep.run("clean", cwd=workspace)
    assert answer.code == 2, str(answer)
    assert "--yes" in answer.err


def test_clean_of_a_project_that_nobody_knows_is_a_mistake(upkeep, workspace, bystander, tmp_path):
    for words in (("--yes",), ("--dry-run",), ()):
        answer = upkeep.run("clean", "-p", "bystandr", *words, "--output", "json", cwd=tmp_path)
        assert answer.code == 2, str(answer)
        assert "no project 'bystandr' (did you mean 'bystander'?)" in answer.json["message"], str(answer)
        named = answer.json["message"].partition("it has built ")[2].split(", ")
        assert {"bystander", PROJECT} <= set(named), str(answer)


def test_a_project_that_is_clean_already_may_be_cleaned_again(upkeep, tmp_path):
    project = write_project(tmp_path / "twice", {"web": f"FROM debian:bookworm-slim\nRUN echo {tmp_path.name} >/hello\n"}, "cleantwice")
    assert upkeep.run("clean", "--yes", cwd=project).code == 0, "never built, but it stands in this folder"
    submit(upkeep, project)
    assert upkeep.run("clean", "--yes", "-p", "cleantwice").code == 0
    again = upkeep.run("clean", "--yes", "-p", "cleantwice")
    assert again.code == 0, str(again)
    assert "forgot 0 results" in again.out


def test_clean_makes_the_next_build_cold_and_leaves_other_projects_alone(upkeep, workspace, bystander):
    submit(upkeep, workspace, "--parallel", "all")
    tried = upkeep.run("clean", "--yes", "--dry-run", "--output", "json", cwd=workspace)
    assert tried.json["results"] >= 2
    assert not ran(submit(upkeep, workspace, "--parallel", "all")), "a dry run changes nothing"
    cleaned = upkeep.run("clean", "--yes", "--output", "json", cwd=workspace)
    assert cleaned.code == 0, str(cleaned)
    assert cleaned.json["project"] == PROJECT
    assert cleaned.json["results"] >= 2
    assert not ran(submit(upkeep, bystander)), "another project's results stay"
    status = submit(upkeep, workspace, "--parallel", "all")
    assert set(results(status).values()) == {"built"}
    cooks = jobs_of(status, "deps")
    assert cooks, "the dependency layers are made again"
    logs = [log_of(upkeep, status, job["name"]) for job in cooks]
    assert any("Compiling itoa" in log for log in logs), f"and BuildKit's cache is not asked for them: {logs}"
    assert not ran(submit(upkeep, workspace, "--parallel", "all")), "and only once"


def test_clean_waits_for_open_builds(upkeep, tmp_path):
    text = f"FROM debian:bookworm-slim\nRUN echo begun-$((6 * 7)) {tmp_path.name} && sleep 4\n"
    project = write_project(tmp_path / "long", {"long": text}, "longclean")
    running = Running(upkeep, "submit", cwd=project)
    wait_for_log(upkeep, "long", "begun-42")
    answer = upkeep.run("clean", "--yes", cwd=project)
    forced = upkeep.run("clean", "--yes", "--force", cwd=project)
    assert running.end().code == 0
    assert answer.code == 2, str(answer)
    assert "is open" in answer.err
    assert forced.code == 0, str(forced)
    assert not ran(submit(upkeep, project)), "what the open build made stayed"


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--older-than", "soon"), "168h"), (("--keep-storage", "much"), "20GB")],
)
def test_an_age_or_a_size_that_is_none_is_refused_with_an_example(upkeep, words, said):
    answer = upkeep.run("prune", *words)
    assert answer.code == 2, str(answer)
    assert said in answer.err


def test_the_registry_is_as_it_was_after_its_garbage_collection(upkeep, workspace):
    """It answers under the same address and takes pushes: the local farm's own status says so too."""
    answer_of(upkeep, "prune", "--older-than", "1h")
    assert upkeep.run("local", "status").code == 0
    add_line(workspace / "goodbye/src/main.rs", "// once more")
    assert results(submit(upkeep, workspace, "--parallel", "all"))["goodbye"] == "built"
