"""The coordinator's JSON API and its event streams against docs/openapi.yaml, on a live farm."""

import contextlib
import socket

import api
import pytest
from builds import FRESH, Running, job_named, results, submit, write_project
from farm import REPO

BASE = "FROM debian:bookworm-slim\n"
STREAMS_MAX = 64


@pytest.fixture
def web(local_farm) -> api.Api:
    return api.of_farm(local_farm)


@pytest.fixture(scope="session")
def two(local_farm, short_dir) -> tuple:
    """A project of two services with one built twice, the second time with one service changed: project, statuses."""
    texts = {name: f"{BASE}COPY text /text\nRUN echo made {name} {FRESH}\n" for name in ("left", "right")}
    project = write_project(short_dir / "api", texts, f"api-{FRESH}")
    for name in texts:
        (project / name / "text").write_text(FRESH)
    first = submit(local_farm, project, "--parallel", "all")
    (project / "left/text").write_text("changed")
    return project, first, submit(local_farm, project, "--parallel", "all")


def test_every_documented_path_is_answered_as_documented(web, two):
    _, first, second = two
    called = {
        "/api/v1/farm": [{}],
        "/api/v1/projects": [{}],
        "/api/v1/builds": [
            {},
            {"query": {"project": first["project"], "state": "succeeded,failed", "limit": 1, "before": second["build"]}},
        ],
        "/api/v1/builds/{build}": [{"build": "latest"}, {"build": first["build"]}, {"build": 10**9}, {"build": "none"}],
        "/api/v1/builds/{build}/graph": [{"build": second["build"]}, {"build": 0}],
        "/api/v1/builds/{build}/jobs/{job}/explanation": [
            {"build": first["build"], "job": "left"},
            {"build": second["build"], "job": "image right"},
            {"build": second["build"], "job": "nothing"},
            {"build": second["build"], "job": "left", "query": {"offset": 1}},
        ],
        "/api/v1/builds/{build}/jobs/{job}/log": [
            {"build": first["build"], "job": "left", "query": {"offset": 0, "limit": 10}},
            {"build": first["build"], "job": "image left", "query": {"format": "text"}},
            {"build": first["build"], "job": "a/b?c"},
            {"build": first["build"], "job": "left", "query": {"limit": 0}},
        ],
        "/api/v1/agents": [{}],
        "/api/v1/cache": [{}, {"query": {"project": first["project"], "limit": 1}}, {"query": {"limit": "many"}}],
        "/api/v1/caller": [{}],
        "/api/v1/openapi.yaml": [{}],
    }
    actions = {path for path, methods in web.description["paths"].items() if methods.keys() == {"post"}}
    streams = {path for path in web.description["paths"] if path.endswith("/events")}
    assert called.keys() | streams | actions == web.description["paths"].keys(), "every documented path is called, and no other"
    for template, calls in called.items():
        for call in calls:
            reply = web.get(template, **call)
            head = web.request(web.path(template, **call), method="HEAD")
            assert (head.status, head.type, head.body) == (reply.status, reply.type, b"")
            posted = web.request(web.path(template, **call), method="POST")
            assert posted.status == 405
            web.check(template, posted)
    for template in actions:
        assert web.post(template, build=first["build"], agent="local-1").status == 401
        assert web.request(web.path(template, build=first["build"], agent="local-1")).status == 405
    for template in streams:
        with web.events(template, build=first["build"], job="left") as events:
            assert next(iter(events)).name in api.Events.SCHEMAS
    for template in streams - {"/api/v1/events"}:
        assert web.get(template, build=10**9, job="left").status == 404


def test_the_description_is_strict_and_served_as_it_is(web):
    assert web.request("/api/v1/openapi.yaml").body == api.DESCRIPTION.read_bytes()

    def open_objects(node, path):
        if isinstance(node, dict):
            if "properties" in node and "type" in node:
                closed = node.get("additionalProperties") is False and set(node["required"]) == set(node["properties"])
                yield from () if closed else (path,)
            for name, below in node.items():
                yield from open_objects(below, f"{path}/{name}")
        if isinstance(node, list):
            for below in node:
                yield from open_objects(below, path)

    assert not list(open_objects(web.description["components"]["schemas"], "")), "these would let undocumented fields pass"
    with pytest.raises(AssertionError, match="surprise"):
        web.fits({"$ref": "#/components/schemas/Farm"}, {**web.get("/api/v1/farm").json, "surprise": 1}, "a field too much")


def test_a_build_is_the_object_that_farmctl_prints(web, local_farm, two):
    project, _, second = two
    assert web.get("/api/v1/builds/{build}", build=second["build"]).json == second
    watched = local_farm.run("watch", second["build"], "--output", "json", cwd=project)
    assert web.get("/api/v1/builds/{build}", build=second["build"]).json == watched.json


def test_it_tells_why_a_service_was_rebuilt_and_what_hit(web, two):
    _, first, second = two
    listed = web.get("/api/v1/builds", {"project": first["project"]}).json["builds"]
    assert [build["build"] for build in listed] == [second["build"], first["build"]]
    assert [(build["services"]["hit"], build["services"]["built"]) for build in listed] == [(1, 1), (0, 2)]
    assert results(second) == {"left": "built", "right": "hit"}
    rebuilt = job_named(web.get("/api/v1/builds/{build}", build=second["build"]).json, "image left")
    assert rebuilt["cause"]
    assert "changed" in rebuilt["reason"]
    assert rebuilt["placement"]
    assert rebuilt["ready_ms"] <= rebuilt["assigned_ms"] <= rebuilt["finished_ms"]
    nodes = {node["id"]: node["state"] for node in web.get("/api/v1/builds/{build}/graph", build=second["build"]).json["nodes"]}
    assert nodes == {"job/image left": "succeeded", "job/image right": "hit", "service/left": "built", "service/right": "hit"}
    cache = web.get("/api/v1/cache", {"project": first["project"]}).json
    assert {row["name"] for row in cache["newest"]} == {"image left", "image right"}
    images = next(kind for kind in cache["kinds"] if kind["kind"] == "image")
    assert images["hits"] >= 1
    assert images["misses"] == sum(images["causes"].values()) >= 3
    named = {project["name"]: project for project in web.get("/api/v1/projects").json["projects"]}
    assert named[first["project"]]["builds"] == 2
    assert named[first["project"]]["results"] == 3
    with web.events("/api/v1/events") as events:  # agents are shown once a second
        shown = (agent for event in events if event.name == "agents" for agent in event.data["agents"])
        held = ((agent["name"], result["name"]) for agent in shown for result in agent["holds"] if result["key"] == rebuilt["key"])
        assert next(held) == (rebuilt["agent"], "image left")


def test_a_rebuild_is_explained_as_farmctl_does(web, local_farm, two):
    project, _, second = two
    template = "/api/v1/builds/{build}/jobs/{job}/explanation"
    told = web.get(template, build=second["build"], job="left").json
    assert [(reason["kind"], reason["subject"]) for reason in told["reasons"]] == [("file", "left/text")]
    assert told["last_build"] == second["build"] - 1
    run = next(step for step in told["steps"] if "echo made left" in step["name"])
    assert not run["cached"]
    assert told == local_farm.run("explain", "left", "--build", second["build"], "--output", "json", cwd=project).json
    hit = web.get(template, build=second["build"], job="right").json
    assert (hit["state"], hit["reasons"], hit["steps"]) == ("hit", [], [])


def test_files_of_another_project_are_not_told(web, local_farm, two, tmp_path):
    """Both projects have the same first state, which the other one made; this one hits it."""
    project, first, _ = two
    template = "/api/v1/builds/{build}/jobs/{job}/explanation"
    twin = write_project(tmp_path / "twin", {"left": (project / "left/Dockerfile").read_text()}, f"{first['project']}-twin")
    (twin / "left/text").write_text(FRESH)
    assert results(submit(local_farm, twin)) == {"left": "hit"}
    (twin / "left/text").write_text("changed by the twin")
    told = web.get(template, build=submit(local_farm, twin)["build"], job="left").json
    assert told["last_build"] == first["build"]
    assert [reason["kind"] for reason in told["reasons"]] == ["slice"]
    (twin / "left/text").write_text("and once more")
    told = web.get(template, build=submit(local_farm, twin)["build"], job="left").json
    assert [reason["subject"] for reason in told["reasons"]] == ["left/text"], "of its own it is"


def test_a_build_is_seen_live_from_the_first_job_to_the_end(web, local_farm, tmp_path):
    steps = "".join(f"RUN echo step-$(({number} * 111)) && sleep 1\n" for number in (1, 2, 3))
    project = write_project(tmp_path / "live", {"slow": f"{BASE}RUN echo {FRESH} {tmp_path.name}\n{steps}"}, f"api-live-{FRESH}")
    with web.events("/api/v1/events") as farm_events:
        stream = iter(farm_events)
        assert [next(stream).name, next(stream).name] == ["farm", "agents"]
        running = Running(local_farm, "submit", "--output", "json", cwd=project)
        build = next(event.data["build"] for event in stream if event.name == "build" and event.data["project"] == f"api-live-{FRESH}")
        with web.events("/api/v1/builds/{build}/events", build=build) as events:
            seen = list(events)
        ended = next(event for event in stream if event.name == "build" and event.data["build"] == build and event.data["finished_ms"])
    status = running.end().json
    assert ended.data["state"] == "succeeded"
    assert [event.name for event in seen[-2:]] == ["status", "end"]
    assert seen[-2].data == status == web.get("/api/v1/builds/{build}", build=build).json
    states = [job_named(event.data, "image slow")["state"] for event in seen if event.name == "status"]
    assert "assigned" in states
    assert states[-1] == "succeeded"
    phases = {job_named(event.data, "image slow")["phase"] for event in seen if event.name == "status"}
    assert any("building" in phase for phase in phases), phases
    with web.events("/api/v1/builds/{build}/events", build=build, last_event_id=seen[-1].id) as again:
        assert again.status == 204, "an EventSource that has the end must not come again for ever"


def test_a_log_comes_live_and_goes_on_where_the_reader_was(web, local_farm, tmp_path):
    text = f"{BASE}RUN echo {FRESH} {tmp_path.name} && echo first-$((6 * 7)) && sleep 2 && printf 'last-\\303\\244\\n'\n"
    project = write_project(tmp_path / "logs", {"talker": text}, f"api-logs-{FRESH}")
    template = "/api/v1/builds/{build}/jobs/{job}/log/events"
    with web.events("/api/v1/events") as farm_events:
        running = Running(local_farm, "submit", "--output", "json", cwd=project)
        build = next(event.data["build"] for event in farm_events if event.name == "build" and event.data["project"] == f"api-logs-{FRESH}")
    pieces = []
    with web.events(template, build=build, job="talker") as events:
        for event in events:
            pieces.append(event)
            if "first-42" in "".join(piece.data["text"] for piece in pieces):
                break  # while the job still runs
    assert web.get("/api/v1/builds/{build}", build=build).json["finished_ms"] == 0
    with web.events(template, build=build, job="talker", last_event_id=pieces[-1].id) as events:
        pieces += list(events)
    assert running.end().code == 0
    live = "".join(piece.data["text"] for piece in pieces)
    assert "last-ä" in live
    assert (pieces[-1].name, pieces[-1].data["ended"]) == ("end", True)
    log = "/api/v1/builds/{build}/jobs/{job}/log"
    assert live == web.get(log, build=build, job="talker").json["text"]
    whole, offset, ended = "", 0, False
    while not ended:
        part = web.get(log, {"offset": offset, "limit": 7}, build=build, job="talker").json
        whole, offset, ended = whole + part["text"], part["next_offset"], part["ended"]
    assert whole == live
    with web.events(template, build=build, job="talker", last_event_id=pieces[-1].id) as again:
        assert again.status == 204


def test_streams_are_bounded_and_everything_else_is_served_beside_them(web, two):
    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(web.events("/api/v1/events")) for _ in range(STREAMS_MAX)]
        assert {stream.status for stream in streams} == {200}
        refused = web.get("/api/v1/events")
        assert refused.status == 503
        assert refused.headers["retry-after"] == "5"
        assert web.get("/api/v1/farm").status == 200
    for _ in range(10_000):  # the coordinator notices closed connections
        with web.events("/api/v1/events") as freed:
            if freed.status == 200:
                break
    assert freed.status == 200


def test_browsers_are_told_to_be_careful(web, two):
    for path in ("/", "/api/v1/farm", "/api/v1/nothing", "/metrics", "/nothing.js"):
        reply = web.request(path, headers={"Origin": "http://elsewhere.invalid"})
        assert reply.status == (404 if "nothing" in path else 200), path
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("default-src 'self';")
        assert "access-control-allow-origin" not in reply.headers
    assert web.request("/").type == "text/html"


def test_a_page_that_makes_its_own_name_point_here_reads_nothing(web, two):
    rebound = {"Host": f"elsewhere.invalid:{web.address.partition(':')[2]}"}
    for path in ("/", "/api/v1/farm", "/api/v1/builds/latest", "/api/v1/events", "/nothing.js"):
        reply = web.request(path, headers=rebound)
        assert (reply.status, reply.type) == (421, "application/json"), path
        assert "`http_hosts`" in reply.json["message"]
    for path in ("/metrics", "/healthz", "/readyz"):
        assert web.request(path, headers=rebound).status == 200, "Prometheus asks by whatever name it was given"
    for host in ("localhost", socket.gethostname(), "[::1]:7441"):
        assert web.request("/api/v1/farm", headers={"Host": host}).status == 200, host


def test_nothing_outside_the_console_is_served(web):
    host, port = web.address.split(":")
    for path in ("/../../../../../../etc/passwd", "/assets/../../package.json", "/%2e%2e/%2e%2e/README.md", "//etc/passwd", "/.git/config"):
        with socket.create_connection((host, int(port)), timeout=api.SECONDS) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), (path, answer[:300])
        assert b"root:" not in answer
    assert (REPO / "README.md").exists()
