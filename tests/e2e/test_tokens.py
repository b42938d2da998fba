"""Acting over HTTP with a token: who may, what it does, and how tokens come and go."""

import re

import api
import pytest
from builds import FRESH, Running, submit, write_project

BASE = "FROM debian:bookworm-slim\n"
TOKEN = re.compile(r"farm_[0-9a-f]{64}\n")
CANCEL = "/api/v1/builds/{build}/cancel"
DRAIN = "/api/v1/agents/{agent}/drain"
UNDRAIN = "/api/v1/agents/{agent}/undrain"


@pytest.fixture
def web(local_farm) -> api.Api:
    return api.of_farm(local_farm)


def new_token(farm, name: str, *options) -> str:
    made = farm.run("keys", "token", "add", name, *options)
    assert made.code == 0, str(made)
    assert TOKEN.fullmatch(made.out), "the token alone, so that scripts can take it"
    return made.out.strip()


@pytest.fixture
def token(local_farm, web):
    """Makes tokens that the coordinator knows; they are gone after the test."""
    made = []

    def make(name: str, *options) -> str:
        text = new_token(local_farm, name, *options)
        made.append(name)
        assert any(caller(web, text).status == 200 for _ in range(5_000)), "the coordinator reads its book again"
        return text

    yield make
    for name in made:
        local_farm.run("keys", "token", "rm", name)


def caller(web, token: str):
    return web.request("/api/v1/caller", headers={"Authorization": f"Bearer {token}"})


def runs(build: dict, project: str) -> bool:
    return build["project"] == project and build["state"] == "running"


def slow_project(folder, name: str):
    return write_project(folder, {"slow": f"{BASE}RUN echo {FRESH} {folder.name} && sleep 600\n"}, name)


def test_a_running_build_is_cancelled_by_whose_token_may(web, token, local_farm, tmp_path):
    name = f"tokens-{FRESH}"
    own, other, eye = (token("own", "--project", name), token("other", "--project", "market"), token("eye", "--role", "reader"))
    with web.events("/api/v1/events") as events:
        running = Running(local_farm, "submit", "--output", "json", cwd=slow_project(tmp_path / "slow", name))
        build = next(event.data["build"] for event in events if event.name == "build" and runs(event.data, name))
    for wrong, status in (("", 401), ("farm_" + 64 * "0", 401), (other, 403), (eye, 403)):
        reply = web.post(CANCEL, wrong, build=build)
        assert reply.status == status
        assert (status == 401) == (reply.headers.get("www-authenticate") == 'Bearer realm="farm"')
    assert web.post(CANCEL, own, {"Origin": "http://elsewhere.invalid"}, build=build).status == 403
    assert web.get("/api/v1/builds/{build}", build=build).json["state"] == "running", "nothing of that changed anything"
    assert web.post(CANCEL, own, {"Origin": f"http://{web.address}"}, build=build).json == {"schema": "farm.done.v1"}
    answer = running.end()
    assert (answer.code, answer.json["state"]) == (1, "cancelled")
    assert "own" in answer.json["reason"]
    denied = dict(re.findall(r'farm_http_denied_total\{cause="(\w+)"\} (\d+)', web.request("/metrics").body.decode()))
    assert all(int(denied[cause]) > 0 for cause in ("no_token", "wrong_token", "role", "origin")), denied


def test_agents_are_drained_by_admins_and_take_work_again(web, token, local_farm, tmp_path):
    admin, client = token("boss", "--role", "admin"), token("dev")
    assert web.post(DRAIN, client, agent="local-1").status == 403
    assert web.post(DRAIN, admin, agent="local-9").status == 404
    try:
        assert web.post(DRAIN, admin, agent="local-1").status == 200
        agents = {agent["name"]: agent["state"] for agent in local_farm.run("agents", "--output", "json").json["agents"]}
        assert agents == {"local-1": "draining", "local-2": "up"}
        status = submit(local_farm, write_project(tmp_path / "one", {"one": f"{BASE}RUN echo {FRESH} drained\n"}, f"tokens-one-{FRESH}"))
        assert {job["agent"] for job in status["jobs"]} == {"local-2"}
    finally:
        assert web.post(UNDRAIN, admin, agent="local-1").status == 200
    with web.events("/api/v1/events") as events:  # the agent itself says so with its next heartbeat
        shown = ({agent["name"]: agent["state"] for agent in event.data["agents"]} for event in events if event.name == "agents")
        assert next(agents for agents in shown if agents["local-1"] != "draining") == {"local-1": "up", "local-2": "up"}


def test_tokens_are_kept_as_hashes_listed_and_taken_away(web, token, local_farm):
    text = token("gone", "--role", "admin", "--project", "a", "--project", "b")
    book = (local_farm.local / "keys/book").read_text()
    assert text not in book
    assert text.removeprefix("farm_") not in book
    listed = local_farm.run("keys", "token", "list").out
    assert re.search(r"^gone +admin +a,b$", listed, re.M), listed
    assert caller(web, text).json == {"schema": "farm.caller.v1", "name": "gone", "role": "admin", "projects": ["a", "b"]}
    twice = local_farm.run("keys", "token", "add", "gone")
    assert twice.code == 2
    assert "taken" in twice.err
    local_farm.up()
    assert caller(web, text).status == 200, "`local up` writes the book again, with its tokens"
    assert local_farm.run("keys", "token", "rm", "gone").code == 0
    assert any(caller(web, text).status == 401 for _ in range(5_000))
    assert local_farm.run("keys", "token", "rm", "gone").code == 2


def test_a_book_elsewhere_keeps_what_else_stands_in_it(local_farm, tmp_path):
    book = tmp_path / "key-book"
    book.write_text("# people\nclient ann " + local_farm.run("keys", "show", local_farm.local / "keys/admin.key").out)
    book.chmod(0o640)
    before = book.read_text()
    made = local_farm.run("keys", "token", "add", "ann", "--book", book)
    assert made.code == 0
    assert "systemctl reload farm-coordinator" in made.err
    assert book.read_text().startswith(before)
    assert book.stat().st_mode & 0o777 == 0o640
    assert local_farm.run("keys", "token", "rm", "ann", "--book", book).code == 0
    assert book.read_text() == before
    printed = local_farm.run("keys", "token", "add", "ci", "--role", "client", "--project", "market", "--print").out.splitlines()
    assert TOKEN.fullmatch(printed[0] + "\n")
    assert re.fullmatch(r"client ci sha256:[0-9a-f]{64} projects=market zone=trusted", printed[1])
    book.write_text("agent x short\n")
    for options in (["--book", book], ["--role", "agent"], ["--role", "king"], ["--project", "a/b"], ["--book", tmp_path / "none"]):
        wrong = local_farm.run("keys", "token", "add", "ann", *options)
        assert (wrong.code, wrong.out) == (2, ""), str(wrong)
    assert local_farm.run("keys", "token", "add", "../ann").code == 2
