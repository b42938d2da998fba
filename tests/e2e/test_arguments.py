"""What farmctl makes of its arguments. None of this needs a farm."""

import os
import re
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
        (("frobnicate",), "there is no verb 'frobnicate'; see `farmctl --help`"),
        (("bulid",), "there is no verb 'bulid'; did you mean `submit`?; see `farmctl --help`"),
        (("local", "upp"), "there is no verb 'upp'; did you mean `up`?; see `farmctl local --help`"),
        (("submit", "--no-cahce"), "there is no option --no-cahce; did you mean `--no-cache`?; see `farmctl submit --help`"),
        (("-f", "docker-compose.yml", "plan"), "option -f goes behind the verb, as in `farmctl plan -f`"),
        (("submit", "--supersede"), "--supersede wants KEY; see"),
        (("drain",), "AGENT is missing; see `farmctl drain --help`"),
        (("logs", "--build", "0"), "SERVICE is missing"),
        (("logs",), "nothing that `farmctl up` started runs here"),
        (("man", "sumbit"), "there is no verb 'sumbit'; did you mean `submit`?"),
        (("keys", "new", "boss.key", "--role", "boss"), "there is no role 'boss'"),
        (("keys", "new", "nowhere/there.key"), "can't be written"),
        (("ps", "one"), "'one' is one word too many; see `farmctl ps --help`"),
        (("help", "frobnicate"), "there is no verb 'frobnicate'"),
        (("frobnicate", "--help"), "there is no verb 'frobnicate'"),
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
    assert answer.err.count("\n") == 1, f"said once: {answer}"
    assert answer.out == ""


# Every option and word of every verb that is a number, an age or a size.
NUMBERS = [
    ("submit", "--timeout"), ("submit", "--parallel"), ("up", "--timeout"), ("up", "--parallel"), ("down", "--timeout"), ("logs", "--build"),
    ("logs", "--tail"), ("ps", "--count"), ("explain", "--build"), ("report", "--last"), ("report", "--build"), ("local up", "--agents"),
    ("local up", "--slots"), ("prune", "--older-than"), ("prune", "--keep-storage"), ("watch", "build"), ("cancel", "build"),
]  # fmt: skip
NUMBER_WORDS = {"N", "SECONDS", "BUILD", "LINES", "AGE", "SIZE"}
NO_NUMBERS = [
    "-1", "-0", "+1", "", " 1", "1 ", "1.5.1", "1e3", "0x10", "1_000", "1'000", "nan", "inf", "one", "\u0661", "18446744073709551616",
    "99999999999999999999999999", "-9223372036854775809",
]  # fmt: skip


def verbs_of(client) -> list[str]:
    """All verbs, as the help texts list them."""
    found = []
    for above in ("", "local", "keys"):
        text = client.run(*above.split(), "--help").out
        names = re.findall(r"^  ([a-z]+) +\S", text.partition("Subcommands:\n")[2].partition("\n\n")[0], re.MULTILINE)
        found += [f"{above} {name}".strip() for name in names]
    return [verb for verb in found if verb not in ("local", "keys")]


def test_the_table_of_numbers_is_whole(client):
    for verb in verbs_of(client):
        text = client.run(*verb.split(), "--help").out
        values = re.findall(r"^  (?:-\w,)?(--[\w-]+|\w+) ([A-Z]+)\b", text, re.MULTILINE)
        assert not {value for _, value in values} & {"TEXT", "INT", "UINT", "FLOAT"}, f"{verb}: a word of people's, not of the parser's"
        for name, value in values:
            assert value not in NUMBER_WORDS or (verb, name) in NUMBERS, f"{verb} {name}"


@pytest.mark.parametrize(("verb", "name"), NUMBERS)
def test_what_is_no_number_is_refused_by_every_verb_with_a_message(client, verb, name):
    needed = {"logs": ["service"], "explain": ["service"]}.get(verb, [])
    for text in NO_NUMBERS:
        word = [f"{name}={text}"] if name.startswith("--") else ["--", text]
        answer = client.run("__parse", *verb.split(), *needed, *word)
        assert answer.code == 2, f"{word}: {answer}"
        assert answer.err.startswith(f"farmctl: {name}"), str(answer)
        assert text.strip() in answer.err, str(answer)


def test_what_is_a_number_is_taken(client):
    for words in ("logs x --tail 0", "logs x --tail all", "logs x -n 5 --build 0", "ps -n 1000", "watch 0", "explain x --build 12"):
        answer = client.run("__parse", *words.split())
        assert answer.code == 0, str(answer)


@pytest.mark.parametrize("words", [("help",), ("help", "submit"), ("help", "local", "up")])
def test_help_as_a_verb_is_the_option(client, words):
    answer = client.run(*words)
    assert answer.code == 0, str(answer)
    assert answer.out == client.run(*words[1:], "--help").out


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


def test_a_configuration_that_is_a_pipe_is_refused_and_not_waited_for(client, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    answer = client.run("--config", tmp_path / "pipe", "ps", seconds=60)
    assert answer.code == 2, str(answer)
    assert "is a pipe" in answer.err
