"""Build secrets reach the build and nothing else: no log, no file of the farm, no image, no other key."""

import re
import secrets
import subprocess

import pytest
from builds import FRESH, job_named, log_of, ran, submit, write_project

BASE = "FROM debian:bookworm-slim\n"
MOUNTS = "RUN --mount=type=secret,id=from_file --mount=type=secret,id=from_env "
# Says what it got by its digest.
USES = MOUNTS + f': {FRESH}; for name in from_file from_env; do echo "$name is $(sha256sum < /run/secrets/$name)"; done\n'
TAIL = """
secrets:
  from_file:
    file: ./token.txt
  from_env:
    environment: TOKEN_OF_THE_TEST
"""


def digest(value: str) -> str:
    done = subprocess.run(["sha256sum"], input=value, capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


@pytest.fixture
def project(tmp_path):
    build = {"dockerfile_text": f"{BASE}{USES}", "secrets": ["- from_file", "- from_env"]}
    return write_project(tmp_path / "secretive", {"secretive": build}, "secretive", TAIL)


def files_with(folder, values: list[str], *options: str) -> list[str]:
    """Files below a folder that hold one of the values, in plain bytes."""
    patterns = [word for value in values for word in ("-e", value)]
    argv = ["grep", "-rlaF", *options, *patterns, folder]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    return done.stdout.split()


def test_secrets_by_file_and_by_environment_reach_the_build_and_stay_nowhere(local_farm, project):
    file_value, env_value = (f"farm-e2e-{kind}-{secrets.token_hex(16)}" for kind in ("file", "env"))
    (project / "token.txt").write_text(file_value)
    local_farm.extra_env["TOKEN_OF_THE_TEST"] = env_value
    try:
        status = submit(local_farm, project)
    finally:
        del local_farm.extra_env["TOKEN_OF_THE_TEST"]
    log = log_of(local_farm, status, "secretive")
    assert f"from_file is {digest(file_value)}" in log
    assert f"from_env is {digest(env_value)}" in log
    for value in (file_value, env_value):
        assert value not in log
    assert files_with(local_farm.local, ["secretive"]), "the search finds what is there"
    assert files_with(local_farm.local, [file_value, env_value]) == []


def test_another_value_is_not_another_key(local_farm, project):
    (project / "token.txt").write_text("one-value-of-a-secret")
    local_farm.extra_env["TOKEN_OF_THE_TEST"] = "another-value-of-a-secret"
    try:
        submit(local_farm, project)
        (project / "token.txt").write_text("a-second-value-of-a-secret")
        assert not ran(submit(local_farm, project))
    finally:
        del local_farm.extra_env["TOKEN_OF_THE_TEST"]


def test_a_secret_whose_variable_is_not_set_is_refused_with_its_place(local_farm, project):
    (project / "token.txt").write_text("something")
    answer = local_farm.submit(project)
    assert answer.code == 2, str(answer)
    assert "TOKEN_OF_THE_TEST" in answer.err
    assert re.search(r"compose\.yaml:\d+", answer.err)


def test_a_secret_whose_file_is_not_there_is_refused(local_farm, project):
    local_farm.extra_env["TOKEN_OF_THE_TEST"] = "something"
    try:
        answer = local_farm.submit(project)
    finally:
        del local_farm.extra_env["TOKEN_OF_THE_TEST"]
    assert answer.code == 2, str(answer)
    assert "token.txt" in answer.err


def test_a_failing_build_that_prints_its_secret_does_not_tell_it(local_farm, tmp_path):
    value = f"farm-e2e-{secrets.token_hex(16)}"
    text = f"{BASE}RUN --mount=type=secret,id=from_file cat /run/secrets/from_file >&2 && exit 3\n"
    build = {"dockerfile_text": text, "secrets": ["- from_file"]}
    tail = "secrets:\n  from_file:\n    file: ./token.txt\n"
    project = write_project(tmp_path / "fails", {"fails": build}, "fails", tail)
    (project / "token.txt").write_text(value)
    answer = local_farm.submit(project)
    assert answer.code == 1, str(answer)
    assert value not in answer.out + answer.err
    assert value not in log_of(local_farm, answer.json, "fails")
    # What a step prints, BuildKit itself keeps in its history.
    assert files_with(local_farm.local, [value], "--exclude-dir=buildkit") == []
    assert job_named(answer.json, "image fails")["reason"]
