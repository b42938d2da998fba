"""The coordinator's JSON API as the tests use it: requests, event streams, and answers held to docs/openapi.yaml."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import farm
import jsonschema
import yaml

DESCRIPTION = farm.REPO / "docs/openapi.yaml"
SECONDS = 60


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Event:
    name: str
    id: str
    data: dict


class Api:
    """Talks to one coordinator. Every JSON answer is held to the description before a test sees it."""

    def __init__(self, address: str):
        self.address = address
        self.description = yaml.safe_load(DESCRIPTION.read_text())

    def request(self, path: str, method: str = "GET", headers: dict | None = None) -> Reply:
        """Any request, raw."""
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, template: str, query: dict | None = None, **parts) -> Reply:
        """A documented path, by its template; the answer must be as documented."""
        reply = self.request(self.path(template, query, **parts))
        self.check(template, reply)
        return reply

    @staticmethod
    def path(template: str, query: dict | None = None, **parts) -> str:
        path = template.format(**{name: quote(str(value), safe="") for name, value in parts.items()})
        return f"{path}?{urlencode(query)}" if query else path

    def post(self, template: str, token: str = "", headers: dict | None = None, **parts) -> Reply:
        """A documented action, with a token where there is one; the answer must be as documented."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        reply = self.request(self.path(template, **parts), "POST", {**sent, **(headers or {})})
        self.check(template, reply, "post")
        return reply

    def check(self, template: str, reply: Reply, method: str = "get") -> None:
        responses = self.description["paths"][template][method]["responses"]
        response = self.resolve(responses.get(str(reply.status)) or responses["default"])
        if reply.status == 204:
            return
        assert reply.type in response["content"], f"{template} answers {reply.status} with {reply.type}: {reply.body[:500]}"
        if reply.type == "application/json":
            self.fits(response["content"][reply.type]["schema"], reply.json, f"{template} ({reply.status})")

    def fits(self, schema: dict, value, where: str) -> None:
        """The value is valid by the schema of the description, or the test fails and says where it is not."""
        whole = {**schema, "components": self.description["components"]}  # where its references lead
        problems = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
        assert not problems, f"{where}: " + "; ".join(f"{list(problem.absolute_path)}: {problem.message}" for problem in problems[:5])

    def resolve(self, node: dict) -> dict:
        while "$ref" in node:
            target = self.description
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def events(self, template: str, query: dict | None = None, last_event_id: str = "", **parts) -> "Events":
        """An open stream. Iterate over it, and close it (it is a context manager)."""
        return Events(self, self.path(template, query, **parts), last_event_id)


class Events:
    """Server-sent events, read as an EventSource reads them; each one's data must fit the schema of its name."""

    SCHEMAS = {"status": "Build", "log": "LogPart", "farm": "Farm", "agents": "Agents", "build": "BuildSummary"}

    def __init__(self, api: Api, path: str, last_event_id: str = ""):
        self.api = api
        self.connection = http.client.HTTPConnection(api.address, timeout=SECONDS)
        self.connection.request("GET", path, headers={"Accept": "text/event-stream", "Last-Event-ID": last_event_id})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *_) -> None:
        self.answer.close()
        self.connection.close()

    def __iter__(self):
        assert self.status == 200, self.answer.read()
        assert self.answer.getheader("Content-Type") == "text/event-stream"
        fields: dict = {}
        for raw in self.answer:
            line = raw.decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif not line and "event" in fields:
                yield self.event(fields)
                fields = {}

    def event(self, fields: dict) -> Event:
        event = Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
        if event.name in self.SCHEMAS:
            self.api.fits({"$ref": f"#/components/schemas/{self.SCHEMAS[event.name]}"}, event.data, f"event {event.name}")
        return event


def of_farm(client) -> Api:
    """The API of the local farm that the client started."""
    ports = dict(line.split() for line in Path(client.local / "ports").read_text().splitlines())
    return Api(f"127.0.0.1:{ports['http']}")
