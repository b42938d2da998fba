"""What farmctl makes of its arguments. None of this needs a farm."""

import subprocess

import pytest
from farm import FarmClient


@pytest.fixture
def client(programs, tmp_path) -> FarmClient:
    return FarmClient(programs, tmp_path / "home")


def test_an_option_that_may_be_repeated_takes_one_word_each_time(client, market):
    plan = client.run(
        "plan", "-f", "docker-compose.yml", "-f", "docker-compose.override.yml", "orchestrator", "--output", "json", cwd=market
    )
    assert plan.code == 0, str(plan)
    assert [service["service"] for service in plan.json["services"]] == ["orchestrator_rust"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a verb is missing; see `farmctl --help`"),
        (("bulid",), "there is no verb 'bulid'; see `farmctl --help`"),
        (("local", "upp"), "there is no verb 'upp'; see `farmctl local --help`"),
        (("submit", "--parallel", "3"), "--parallel=3"),
        (("plan", ""), "no service's name"),
        (("plan", "--output", "yaml"), "no output 'yaml'; take one of dot json text"),
        (("plan", "--tag", "a b"), "'a b' is no tag"),
        (("plan", "--platform", "potato"), "'potato' is no platform"),
        (("cancel", "0"), "build"),
    ],
)
def test_a_mistake_is_one_message_of_ours(client, market, words, said):
    client.extra_env["FARM_CONFIG"] = "/dev/null"  # whatever asks a farm fails otherwise, and later
    answer = client.run(*words, cwd=market)
    assert answer.code == 2, str(answer)
    assert answer.err.startswith("farmctl: "), str(answer)
    assert said in answer.err, str(answer)
    assert answer.out == ""


@pytest.mark.parametrize("verb", [("submit",), ("plan", "nosuch"), ("watch",), ("ps",), ("agents",), ("ps", "--nonsense"), ("nosuch",)])
def test_who_asks_for_json_gets_json_whatever_happens(client, market, verb):
    answer = client.run(*verb, "--output", "json", cwd=market)
    assert answer.code in (2, 3), str(answer)
    assert answer.json["schema"] == "farm.error.v1"
    assert answer.json["exit_status"] == answer.code
    assert f"farmctl: {answer.json['message']}\n" == answer.err


def test_a_plan_for_programs_warns_on_stderr(client, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "Dockerfile").write_text("FROM debian:bookworm-slim\n")
    (project / "compose.yaml").write_text("services: {web: {build: {context: ., privileged: true}}}\n")
    answer = client.run("plan", "--output", "json", cwd=project)
    assert answer.code == 0, str(answer)
    assert answer.json["schema"] == "farm.plan.v1"
    assert "compose.yaml:1: warning: " in answer.err


@pytest.mark.parametrize("words", [("--name", "a b"), ("--name", "beta", "--role", "boss")])
def test_a_wrong_name_leaves_no_key_behind(client, tmp_path, words):
    assert client.run("keys", "new", tmp_path / "own.key", *words).code == 2
    assert not (tmp_path / "own.key").exists()


def test_a_file_that_is_no_key_is_bad_input(client, tmp_path):
    assert client.run("keys", "show", tmp_path).code == 2


def test_an_answer_that_nobody_gets_is_no_success(client, market):
    with open("/dev/full", "w", encoding="utf-8") as full:
        argv = [client.programs / "farmctl", "plan"]
        done = subprocess.run(argv, cwd=market, env=client.env, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "writing the standard output" in done.stderr
