"""farmctl doctor: on a farm that is well, and on setups that are broken in one way each."""

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest
import yaml
from farm import REPO, FarmClient

TABLE_ROW = re.compile(r"^\| (Troubleshooting|Monitoring|Checklist) \| (.+) \| (.+) \|$", re.MULTILINE)


def examine(client, folder: Path, *words, code: int | None = None) -> dict:
    """Check id → its line."""
    answer = client.run("doctor", "--output", "json", *words, cwd=folder)
    if code is not None:
        assert answer.code == code, str(answer)
    assert answer.json["schema"] == "farm.doctor.v1"
    lines = {check["id"]: check for check in answer.json["checks"]}
    assert answer.code == (1 if any(check["level"] == "broken" for check in lines.values()) else 0), str(answer)
    for check in lines.values():
        assert check["what"] and check["found"] and check["wanted"], check
        assert bool(check["mend"]) == (check["level"] in ("warning", "broken")), check
    return lines


def levels(lines: dict) -> dict:
    return {name: check["level"] for name, check in lines.items()}


def test_every_item_of_the_guide_has_a_check(programs, tmp_path):
    table = (REPO / "docs/doctor.md").read_text()
    rows = TABLE_ROW.findall(table)
    assert [section for section, _, _ in rows].count("Checklist") == 9, "the guide's checklist has nine items"
    assert [section for section, _, _ in rows].count("Troubleshooting") == 6
    ids = set(examine(FarmClient(programs, tmp_path / "home"), tmp_path))
    for _, item, cell in rows:
        named = re.findall(r"`([a-z-]+)`", cell)
        assert named, item
        assert set(named) <= ids, f"{item}: farmctl has no check {set(named) - ids}"
    described = set(re.findall(r"`([a-z-]+)`", table))
    assert ids <= described, f"docs/doctor.md does not describe {ids - described}"


def test_a_farm_that_is_well_and_its_built_project(built, market):
    (market / ".dockerignore").write_text("target/\n.git/\n")
    lines = examine(built, market, code=0)
    machine = {"cpu", "memory", "disk", "running"}  # as this machine happens to be
    wrong = {name: check for name, check in lines.items() if check["level"] != "ok" and name not in machine | {"second-build"}}
    assert not wrong
    assert "local-1" in lines["agents"]["found"]
    assert "farm/doctor" in lines["builder"]["found"]
    assert lines["second-build"]["level"] in ("ok", "skipped")
    text = built.run("doctor", cwd=market)
    assert text.code == 0, str(text)
    assert "\x1b" not in text.out
    assert re.search(r"^\d+ ok, \d+ warnings, 0 broken, \d+ skipped$", text.out, re.MULTILINE)


def test_it_leaves_nothing_in_the_registry(local_farm, tmp_path):
    examine(local_farm, tmp_path)
    tags = subprocess.run(["curl", "-s", f"http://{local_farm.registry}/v2/farm/doctor/tags/list"], check=True, capture_output=True, text=True)
    assert '"tags":null' in tags.stdout or '"tags":[]' in tags.stdout, tags.stdout


def test_without_a_farm_and_a_project_it_says_how_to_begin(programs, tmp_path):
    lines = examine(FarmClient(programs, tmp_path / "home"), tmp_path, code=1)
    assert lines["config"]["level"] == "broken"
    assert "farmctl local up" in lines["config"]["mend"]
    assert lines["project"]["level"] == "skipped"


def client_with(local_farm, home: Path, **changes) -> FarmClient:
    """Another user of the same farm, by the variables that name it."""
    settings = yaml.safe_load((local_farm.local / "client.yaml").read_text())
    env = {
        "FARM_COORDINATOR": settings["coordinator"], "FARM_COORDINATOR_KEY": settings["coordinator_key"],
        "FARM_KEY_FILE": str(local_farm.local / "keys/admin.key"), "FARM_REGISTRY_INSECURE": "true", **changes,
    }  # fmt: skip
    return FarmClient(local_farm.programs, home, env)


def test_a_key_that_others_can_read_is_broken(local_farm, tmp_path):
    key = tmp_path / "open.key"
    key.write_bytes((local_farm.local / "keys/admin.key").read_bytes())
    key.chmod(0o644)
    line = examine(client_with(local_farm, tmp_path / "home", FARM_KEY_FILE=str(key)), tmp_path, code=1)["keys"]
    assert (line["level"], line["mend"]) == ("broken", f"chmod 600 {key}")
    assert "0644" in line["found"]


def test_a_key_that_the_coordinator_does_not_know_is_broken(local_farm, tmp_path):
    assert local_farm.run("keys", "new", tmp_path / "other.key").code == 0
    lines = examine(client_with(local_farm, tmp_path / "home", FARM_KEY_FILE=str(tmp_path / "other.key")), tmp_path, code=1)
    assert lines["keys"]["level"] == "ok"
    assert lines["coordinator"]["level"] == "broken"
    assert "key book" in lines["coordinator"]["mend"]


def test_an_agent_s_key_may_not_ask(local_farm, tmp_path):
    key = local_farm.local / "keys/local-1.key"
    lines = examine(client_with(local_farm, tmp_path / "home", FARM_KEY_FILE=str(key)), tmp_path, code=1)
    assert lines["coordinator"]["level"] == "broken"
    assert "role agent" in lines["coordinator"]["found"]


@pytest.fixture
def stubborn_registry(tmp_path):
    """A registry that takes and gives, and refuses deletes. Its own port, by the system."""
    config = tmp_path / "registry.yml"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/data}}}}\nhttp: {{addr: '{address}'}}\n"
    )
    process = subprocess.Popen(["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    probe = ["curl", "-s", "--retry", "100", "--retry-connrefused", "--retry-delay", "1", "-o", "/dev/null", f"http://{address}/v2/"]
    subprocess.run(probe, check=True)
    yield address
    process.terminate()
    process.wait(30)


def test_a_registry_that_refuses_deletes_is_a_warning(local_farm, stubborn_registry, tmp_path):
    lines = examine(client_with(local_farm, tmp_path / "home", FARM_REGISTRY=stubborn_registry), tmp_path, code=0)
    assert levels(lines)["registry-push"] == levels(lines)["registry-pull"] == "ok"
    assert lines["registry-delete"]["level"] == "warning"
    assert "storage.delete.enabled" in lines["registry-delete"]["mend"]
    assert stubborn_registry in lines["registry-delete"]["what"]


def test_a_farm_elsewhere_is_tried_by_the_builder_of_this_machine(local_farm, tools, tmp_path):
    client = client_with(local_farm, tmp_path / "home", BUILDX_CONFIG=str(tmp_path / "buildx"), PATH=f"{tools}:/usr/bin:/bin")
    without = examine(client, tmp_path, code=0)
    for name in ("builder", "cache"):
        assert without[name]["level"] == "skipped"
        assert "the farm is on other machines" in without[name]["found"], without[name]
        assert "on local-1" in without[name]["found"], "what its agents say"
    mine = ["buildx", "create", "--use", "--name", "mine", "--driver", "remote", f"unix://{local_farm.local}/run/buildkitd.sock"]
    subprocess.run(mine, env=client.env, check=True, capture_output=True)
    lines = examine(client, tmp_path, code=0)
    assert levels(lines)["builder"] == levels(lines)["cache"] == "ok", lines
    assert "with this machine's builder 'mine', BuildKit v" in lines["builder"]["found"]
    assert f"pushed {local_farm.registry}/farm/doctor:" in lines["builder"]["found"]
    away = ["buildx", "create", "--use", "--name", "away", "--driver", "remote", "tcp://127.0.0.1:1"]
    subprocess.run(away, env=client.env, check=True, capture_output=True)
    assert "no builder that runs on this machine" in examine(client, tmp_path, code=0)["builder"]["found"]


def test_a_registry_that_is_away_is_broken(local_farm, tmp_path):
    lines = examine(client_with(local_farm, tmp_path / "home", FARM_REGISTRY="127.0.0.1:1"), tmp_path, code=1)
    assert lines["registry-push"]["level"] == "broken"
    assert lines["registry-pull"]["level"] == lines["registry-delete"]["level"] == "skipped"


def test_a_missing_dockerignore_shows_what_it_costs(local_farm, market):
    (market / ".dockerignore").unlink(missing_ok=True)
    (market / "target/release").mkdir(parents=True)
    with open(market / "target/release/large", "wb") as file:
        file.truncate(150_000_000)
    lines = examine(local_farm, market, code=0)
    assert lines["dockerignore"]["level"] == lines["context"]["level"] == "warning"
    assert "farmctl init" in lines["dockerignore"]["mend"]
    assert "target/release/ 150.0 MB" in lines["context"]["found"]
    (market / ".dockerignore").write_text("target\n")
    mended = examine(local_farm, market, code=0)
    assert mended["dockerignore"]["level"] == mended["context"]["level"] == "ok"
    assert "150." in mended["context"]["found"], "what it was before"


def test_an_override_that_is_not_read_is_broken(local_farm, market):
    lines = examine(local_farm, market, "-f", "docker-compose.yml", code=1)
    assert "docker-compose.override.yml is there and is not read" in lines["override"]["found"]
    assert lines["optimised-dockerfile"]["level"] == "warning"


def test_a_cook_that_does_not_fit_is_named_with_its_line(local_farm, market):
    file = market / "Dockerfile.rust-optimized"
    text = file.read_text()
    assert "cargo chef cook --release" in text
    file.write_text(text.replace("cargo chef cook --release", "cargo chef cook"))
    line = examine(local_farm, market, code=0)["flags"]
    assert line["level"] == "warning"
    assert re.search(r"Dockerfile\.rust-optimized:\d+", line["found"]), line
    file.write_text(re.sub(r"^FROM \S*cargo-chef\S*", "FROM rust:1-bookworm", text, flags=re.MULTILINE))
    assert examine(local_farm, market, code=1)["cargo-chef"]["level"] == "broken"


def test_a_compose_file_that_can_t_be_read_is_broken(local_farm, tmp_path):
    (tmp_path / "compose.yaml").write_text("services: [\n")
    lines = examine(local_farm, tmp_path, code=1)
    assert lines["project"]["level"] == "broken"
    assert "compose.yaml:" in lines["project"]["found"]


def test_buildkit_turned_off_is_noticed(local_farm, tmp_path):
    client = local_farm.another(tmp_path / "client")
    client.extra_env["DOCKER_BUILDKIT"] = "0"
    assert examine(client, tmp_path)["environment"]["level"] == "warning"
    assert os.environ.get("DOCKER_BUILDKIT") != "0"
