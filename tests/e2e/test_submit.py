"""farmctl submit's options, and the verbs around a build: watch, logs, ps, agents, cancel, Ctrl-C, what is shown where."""

import json
import os
import pty
import re
import signal
import subprocess

import pytest
from builds import FRESH, SERVICES, Running, job_named, log_of, ran, results, submit, write_project

BASE = "FROM debian:bookworm-slim\n"


def quick(mark: str) -> str:
    return f"{BASE}RUN echo {mark} {FRESH} > /mark\n"


@pytest.fixture
def endless(tmp_path):
    """A build that nobody has begun yet and that goes on until it is cancelled."""
    text = f"{BASE}RUN echo {tmp_path.name} has begun && sleep 600\n"
    return write_project(tmp_path / "endless", {"endless": text}, "endless")


def state_of(client, build: int) -> str:
    listed = client.run("ps", "--output", "json").json["builds"]
    return next(entry["state"] for entry in listed if entry["build"] == build)


# --- names


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("orchestrator",), {"orchestrator_rust"}),
        (("shard",), {"game_shard_rust_shard_01", "game_shard_rust_shard_02"}),
        (("shard_02",), {"game_shard_rust_shard_02"}),
        (("signal", "execution"), {"signal_processor_rust", "execution_service_rust"}),
        (("all",), SERVICES),
        ((), SERVICES),
    ],
)
def test_services_are_named_by_a_part_of_their_name(built, market, words, wanted):
    status = submit(built, market, *words)
    assert results(status) == dict.fromkeys(wanted, "hit")


# --- options


def test_a_tag_is_published_without_building_again(built, market):
    status = submit(built, market, "--tag", "v1.2.3", "orchestrator")
    assert not ran(status)
    image = status["services"][0]["image"]
    assert image.endswith("market/orchestrator_rust:v1.2.3"), image
    run = [built.programs / "farmctl", "--version"]
    assert subprocess.run(run, check=False, capture_output=True).returncode == 0
    listed = subprocess.run(
        ["curl", "-sSf", f"http://{built.registry}/v2/market/orchestrator_rust/tags/list"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert {"latest", "v1.2.3"} <= set(json.loads(listed)["tags"])


def test_no_cache_builds_what_is_there_already(local_farm, tmp_path):
    project = write_project(tmp_path / "again", {"again": quick("again")}, "again")
    first = submit(local_farm, project)
    assert results(submit(local_farm, project)) == {"again": "hit"}
    anew = submit(local_farm, project, "--no-cache")
    assert results(anew) == {"again": "built"}
    assert ran(anew) == {"image": 1}
    assert job_named(anew, "image again")["steps_cached"] == 0
    assert job_named(anew, "image again")["key"] == job_named(first, "image again")["key"]


def test_pull_looks_the_base_images_up_again_and_hits(built, market):
    status = submit(built, market, "--pull", "--parallel", "all")
    assert not ran(status)


def three(tmp_path, mark: str):
    """`b` fails, `c` needs it, `a` and `d` don't. One at a time in this order."""
    needs_b = {"dockerfile_text": "FROM below\nRUN true\n", "additional_contexts": ["below: service:b"]}
    failing = f"{BASE}RUN echo {mark} && exit 7\n"
    return write_project(
        tmp_path / "three", {"a": quick(f"a-{mark}"), "b": failing, "c": needs_b, "d": quick(f"d-{mark}")}, "three",
    )  # fmt: skip


def test_after_a_failure_only_what_needs_it_is_left_out(local_farm, tmp_path):
    answer = local_farm.submit(three(tmp_path, "on"))
    assert answer.code == 1, str(answer)
    assert results(answer.json) == {"a": "built", "b": "failed", "c": "skipped", "d": "built"}
    reason = next(service["reason"] for service in answer.json["services"] if service["service"] == "c")
    assert "b" in reason


def test_fail_fast_stops_at_the_first_failure(local_farm, tmp_path):
    # One job at a time: what is not the first can only be begun if the first failure did not end the build.
    text = f"{BASE}RUN echo {tmp_path.name} && exit 7\n"
    names = ("e", "f", "g")
    project = write_project(tmp_path / "fast", {name: f"{text}RUN echo {name}\n" for name in names}, "fast")
    answer = local_farm.submit(project, "--fail-fast")
    assert answer.code == 1, str(answer)
    outcome = results(answer.json)
    assert sorted(outcome.values()).count("failed") == 1, outcome
    assert set(outcome.values()) <= {"failed", "cancelled", "skipped"}
    assert sum(job["attempts"] for job in answer.json["jobs"]) == 1
    slow = local_farm.submit(write_project(tmp_path / "slow", {n: f"{text}RUN : {n}\n" for n in names}, "slow"))
    assert results(slow.json) == dict.fromkeys(names, "failed")


def test_parallel_two_runs_two_jobs_at_a_time(local_farm, tmp_path):
    # Each waits until it sees what the other wrote into the shared cache mount: only two at a time can end.
    def meets(own: str, other: str, name: str) -> str:
        wait = f"until [ -e /meet/{other} ]; do sleep 0.05; done"
        return f"{BASE}RUN --mount=type=cache,id={name},target=/meet echo {FRESH} > /meet/{own} && {wait}\n"

    pair = {"left": meets("left", "right", FRESH), "right": meets("right", "left", FRESH)}
    status = submit(local_farm, write_project(tmp_path / "pair", pair, "pair"), "--parallel=2", "--timeout", "120")
    assert ran(status) == {"image": 2}


def test_a_timeout_ends_the_build_and_says_so(built, endless, still_works):
    answer = built.submit(endless, "--timeout", "2")
    assert answer.code == 1, str(answer)
    assert "time" in answer.json["reason"] + answer.json["services"][0]["reason"], str(answer)


# --- detach, watch, logs, ps, agents, cancel


def test_a_detached_build_is_watched_listed_read_and_cancelled(built, endless, still_works):
    answer = built.submit(endless, "--detach")
    assert answer.code == 0, str(answer)
    build = answer.json["build"]
    assert answer.json["state"] in ("waiting-for-slices", "running")
    watch = Running(built, "watch", str(build), cwd=endless)
    watch.wait_for(r"image endless: .*\(local-\d\)")
    logs = Running(built, "logs", "--follow", "--build", str(build), "endless", cwd=endless)
    assert state_of(built, build) == "running"
    agents = built.run("agents", "--output", "json").json["agents"]
    assert {agent["name"] for agent in agents} == {"local-1", "local-2"}
    assert [agent["busy"] for agent in agents if agent["busy"]] == [1]
    cancelled = built.run("cancel", build)
    assert cancelled.code == 0, str(cancelled)
    ended = watch.end()
    assert ended.code == 1, str(ended)
    assert "cancelled" in ended.out
    log = logs.end()
    assert log.code == 0, str(log)
    assert state_of(built, build) == "cancelled"


def test_watching_ends_with_ctrl_c_and_the_build_goes_on(local_farm, endless):
    build = local_farm.submit(endless, "--detach").json["build"]
    watch = Running(local_farm, "watch", str(build), cwd=endless)
    watch.wait_for(r"\(local-\d\)")
    watch.process.send_signal(signal.SIGINT)
    answer = watch.end()
    assert answer.code == 0, str(answer)
    assert "goes on" in answer.err
    assert state_of(local_farm, build) == "running"
    assert local_farm.run("cancel", build).code == 0


def test_logs_are_those_of_the_service_s_job(local_farm, tmp_path):
    status = submit(local_farm, write_project(tmp_path / "say", {"say": f"{BASE}RUN echo heard-$((40 + 2)) {FRESH}\n"}, "say"))
    assert "heard-42" in log_of(local_farm, status, "say")
    assert log_of(local_farm, status, "say") == log_of(local_farm, status, "image say")


@pytest.mark.parametrize("words", [("watch", "999999"), ("cancel", "999999"), ("logs", "--build", "999999", "x")])
def test_a_build_that_never_was(local_farm, words):
    answer = local_farm.run(*words)
    assert answer.code == 2, str(answer)
    assert "999999" in answer.err


def test_ctrl_c_cancels_the_build_and_says_so(built, endless, still_works):
    running = Running(built, "submit", cwd=endless)
    build = int(running.wait_for(r"build (\d+): running").group(1))
    running.wait_for(r"\(local-\d\)")
    running.process.send_signal(signal.SIGINT)
    answer = running.end()
    assert answer.code == 1, str(answer)
    assert f"cancelling build {build}" in answer.err
    assert f"build {build} cancelled" in answer.out
    assert state_of(built, build) == "cancelled"
    idle = built.run("agents", "--output", "json").json["agents"]
    assert [agent["running"] for agent in idle] == [[], []]


# --- what is shown


def test_off_a_terminal_each_change_is_one_plain_line_and_the_table_comes_last(local_farm, tmp_path):
    answer = local_farm.run("submit", cwd=write_project(tmp_path / "plain", {"plain": quick("plain")}, "plain"))
    assert answer.code == 0, str(answer)
    assert "\x1b" not in answer.err + answer.out
    assert re.search(r"^image plain: .*\(local-\d\)$", answer.err, re.MULTILINE), str(answer)
    rows = [line.split() for line in answer.out.splitlines()]
    assert rows[0] == ["SERVICE", "RESULT", "TIME", "WAITED", "AGENT", "WHY"]
    assert rows[1][:2] == ["plain", "built"]
    assert re.search(r"build \d+ succeeded in .*: 1 jobs? run, 0 hit", answer.out)


def on_a_terminal(client, project, *words) -> str:
    """What a terminal of 100 columns sees of a submit."""
    leader, follower = pty.openpty()
    subprocess.run(["stty", "cols", "100", "rows", "30"], stdin=follower, check=True)
    argv = [client.programs / "farmctl", "submit", *words]
    env = {**client.env, "TERM": "xterm"}
    process = subprocess.Popen(argv, cwd=project, env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = b""
    try:
        while chunk := os.read(leader, 65536):
            seen += chunk
    except OSError:  # how a pty says that the other side is closed
        pass
    os.close(leader)
    assert process.wait(60) == 0, seen.decode()
    return seen.decode()


def test_on_a_terminal_a_table_with_bars_is_drawn_over_itself(local_farm, tmp_path):
    project = write_project(tmp_path / "live", {name: quick(name + "-live") for name in ("one", "two")}, "live")
    seen = on_a_terminal(local_farm, project, "--parallel", "all")
    assert "█" in seen
    assert "░" in seen
    assert re.search(r"\x1b\[\d+A\x1b\[J", seen), "it goes up and draws again"
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", seen)
    assert re.search(r"image one +[█░]+ +local-\d", plain)
    bars = [line for line in plain.splitlines() if "░" in line]
    assert max(len(line) for line in bars) <= 100
    last = plain[plain.rindex("SERVICE") :]
    assert re.search(r"one +built", last)
    assert re.search(r"two +built", last)
