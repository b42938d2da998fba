"""farmctl init on three shapes of project: what it writes, what compose and BuildKit make of it, what the farm shares."""

import json
import os
import shutil
import subprocess
from collections import Counter

import pytest
from builds import FRESH, add_line, digests, log_of, ran, results, submit, write_project

PACKAGE = '[package]\nname = "NAME"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "1"\n'
MAIN = 'fn main() {\n    println!("NAME says {} FRESH", itoa::Buffer::new().format(41 + 1));\n}\n'
OVERRIDE = "docker-compose.override.yml"


def write(folder, files: dict):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def package(name: str, more: str = "") -> str:
    return PACKAGE.replace("NAME", name) + more


def main(name: str) -> str:
    return MAIN.replace("NAME", name).replace("FRESH", FRESH)


def lock(*folders):
    for folder in folders:
        done = subprocess.run(["cargo", "generate-lockfile"], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def one_workspace(folder):
    """Members without Dockerfiles, each service with its own folder as context; a database beside them."""
    services = "  gate:\n    build: ./services/gate\n    environment: {LEVEL: info}\n  ledger-1:\n    build: ./services/ledger\n"
    money = 'money = { path = "../../money" }\n'
    write(folder, {
        "docker-compose.yml": f"name: oneworkspace\nservices:\n{services}  db:\n    image: debian:bookworm-slim\n",
        "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["services/*", "money"]\n',
        "services/gate/Cargo.toml": package("gate", money), "services/gate/src/main.rs": main("gate"),
        "services/ledger/Cargo.toml": package("ledger", money), "services/ledger/src/main.rs": main("ledger"),
        "money/Cargo.toml": package("money"), "money/src/lib.rs": '#![doc = include_str!("../README.md")]\n',
        "money/README.md": "Money.\n",
    })  # fmt: skip
    lock(folder)


def several_workspaces(folder):
    """One whose services have Dockerfiles of the slow kind, one without, and a service that has nothing to do with Rust."""
    slow = (
        "FROM rust:1-bookworm AS build\nWORKDIR /src\nCOPY backend .\nRUN cargo build --release\n"
        "FROM debian:bookworm-slim\nENV MODE=NAME\nCOPY backend/settings.txt /etc/settings.txt\n"
        'COPY --from=build /src/target/release/NAME /usr/bin/NAME\nCMD ["/usr/bin/NAME"]\n'
    )
    files = {
        "docker-compose.yml": "name: several\nservices:\n  api:\n    build: {context: ., dockerfile: backend/api.Dockerfile}\n"
        "  jobs:\n    build: {context: ., dockerfile: backend/jobs.Dockerfile}\n"
        "  probe:\n    build: ./tools\n  web:\n    build: ./web\n",
        "backend/Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["api", "jobs"]\n',
        "backend/settings.txt": "some settings\n",
        "tools/Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["probe"]\n',
        "tools/probe/Cargo.toml": package("probe"), "tools/probe/src/main.rs": main("probe"),
        "web/Dockerfile": f"FROM debian:bookworm-slim\nRUN echo web {FRESH} > /page\n",
    }  # fmt: skip
    for name in ("api", "jobs"):
        files[f"backend/{name}.Dockerfile"] = slow.replace("NAME", name)
        files[f"backend/{name}/Cargo.toml"] = package(name)
        files[f"backend/{name}/src/main.rs"] = main(name)
    write(folder, files)
    lock(folder / "backend", folder / "tools")


def lone_crates(folder):
    """Crates beside each other, each with its own lockfile; one has two binaries and needs its neighbour."""
    services = "".join(f"  {name}:\n    build: {where}\n" for name, where in (("gate", "./gate"), ("ledger", "./books"), ("audit", "./books")))
    write(folder, {
        "docker-compose.yml": f"name: lone\nservices:\n{services}",
        "gate/Cargo.toml": package("gate"), "gate/src/main.rs": main("gate"),
        "books/Cargo.toml": package("books", 'money = { path = "../money" }\n'),
        "books/src/bin/ledger.rs": main("ledger"), "books/src/bin/audit.rs": main("audit"),
        "money/Cargo.toml": package("money"), "money/src/lib.rs": "pub fn money() {}\n",
    })  # fmt: skip
    lock(folder / "gate", folder / "books")


# Shape → its author, the services with their binaries, the number of dependency layers, a source that belongs to one service.
SHAPES = {
    "one workspace": (one_workspace, {"gate": "gate", "ledger-1": "ledger"}, 1, "services/gate/src/main.rs"),
    "several workspaces": (several_workspaces, {"api": "api", "jobs": "jobs", "probe": "probe"}, 2, "tools/probe/src/main.rs"),
    "lone crates": (lone_crates, {"gate": "gate", "ledger": "ledger", "audit": "audit"}, 2, "gate/src/main.rs"),
}


class Shape:
    def __init__(self, name: str, folder, client):
        author, self.services, self.layers, self.source = SHAPES[name]
        folder.mkdir(parents=True)
        author(folder)
        self.folder = folder
        self.answer = client.run("init", "--output", "json", cwd=folder)


@pytest.fixture(scope="module", params=SHAPES)
def shape(request, local_farm, short_dir):
    """A project of that shape after `farmctl init`."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    return Shape(request.param, short_dir / "init" / request.param.replace(" ", "-"), local_farm)


@pytest.fixture(scope="module")
def submitted(shape, local_farm):
    """The status of its first build."""
    return submit(local_farm, shape.folder, "--parallel", "all")


def config(compose, folder, *files) -> dict:
    """What the reference implementation reads."""
    words = [word for name in files for word in ("-f", name)]
    done = subprocess.run([compose, *words, "config", "--format", "json"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_rust_service_is_found_and_a_second_run_changes_nothing(shape, local_farm):
    assert shape.answer.code == 0, str(shape.answer)
    report = shape.answer.json
    assert {service["service"] for service in report["services"]} == set(shape.services)
    assert {file["state"] for file in report["files"]} == {"written"}
    again = local_farm.run("init", "--output", "json", cwd=shape.folder)
    assert again.code == 0, str(again)
    assert {file["state"] for file in again.json["files"]} == {"unchanged"}
    assert again.json["services"] == report["services"]


def test_compose_reads_the_override_as_builds_of_the_rust_services_and_nothing_else(shape, compose):
    before = config(compose, shape.folder, "docker-compose.yml")["services"]
    after = config(compose, shape.folder)["services"]
    for found in shape.answer.json["services"]:
        build = after[found["service"]]["build"]
        where = (shape.folder / found["context"]).resolve()
        assert build["context"] == str(where)
        assert where / build["dockerfile"] == shape.folder / found["dockerfile"]
        assert (build["target"], build["args"]) == (found["target"], {"SERVICE": found["binary"]})
        assert (where / ".dockerignore").is_file()
    for service in set(before) - set(shape.services):
        assert after[service] == before[service]
    rest = [{name: {**service, "build": None} for name, service in services.items()} for services in (before, after)]
    assert rest[0] == rest[1]


def test_the_farm_builds_it_with_one_layer_of_dependencies_per_workspace(shape, submitted, local_farm):
    planned = local_farm.run("plan", "--output", "json", cwd=shape.folder).json
    cooks = [job["bins"] for job in planned["jobs"] if job["kind"] == "deps"]
    assert len(cooks) == shape.layers
    assert sorted(name for bins in cooks for name in bins) == sorted(shape.services.values()), "each service's in one of them"
    assert "failed" not in results(submitted).values()
    assert ran(submitted)["deps"] <= shape.layers, "another project with the same dependencies may have cooked them before"
    assert {job["attempts"] for job in submitted["jobs"]} <= {0, 1}


def test_the_images_have_the_real_programs(shape, submitted, local_farm, tmp_path):
    images = {service["service"]: f"{service['image'].rpartition(':')[0]}@{service['digest']}" for service in submitted["services"]}
    programs = {"api": "/usr/bin/api", "jobs": "/usr/bin/jobs && echo $MODE && cat /etc/settings.txt"}
    texts = {name: f"FROM {images[name]}\nRUN {programs.get(name, '/usr/local/bin/service')}\n" for name in shape.services}
    status = submit(local_farm, write_project(tmp_path / "look", texts, "init-look"), "--parallel", "all")
    for name, binary in shape.services.items():
        assert f"{binary} says 42 {FRESH}" in log_of(local_farm, status, name)
    if "jobs" in programs.keys() & shape.services.keys():
        assert "some settings" in log_of(local_farm, status, "jobs"), "what the old Dockerfile shipped is shipped"


def test_a_changed_line_compiles_its_service_alone(shape, submitted, local_farm, tmp_path):
    project = shutil.copytree(shape.folder, tmp_path / "changed")
    add_line(project / shape.source, "// One line.")
    status = submit(local_farm, project, "--parallel", "all")
    assert ran(status) == Counter(image=1)
    assert Counter(results(status).values())["built"] == 1


def test_it_builds_without_farm_too(shape, local_farm, tools, tmp_path):
    env = {**os.environ, "BUILDX_CONFIG": str(tmp_path / "buildx")}
    buildx = lambda *words: subprocess.run(  # noqa: E731
        [tools / "buildx", *words], cwd=shape.folder, env=env, capture_output=True, text=True, check=False
    )
    made = buildx("create", "--name", "plain", "--driver", "remote", f"unix://{local_farm.local}/run/buildkitd.sock")
    assert made.returncode == 0, made.stderr
    files = ("-f", "docker-compose.yml", "-f", OVERRIDE)
    built = buildx("bake", "--builder", "plain", *files, "--set", "*.output=type=cacheonly", "--progress", "plain", *shape.services)
    assert built.returncode == 0, built.stderr[-4000:]
    for binary in shape.services.values():
        assert f"cargo build --release --bin {binary}" in built.stderr


def test_what_it_writes_for_the_market_makes_the_very_images_of_the_files_written_by_hand(built, cold, market):
    for name in (OVERRIDE, ".dockerignore", "Dockerfile.rust-optimized"):
        (market / name).unlink()
    answer = built.run("init", cwd=market)
    assert answer.code == 0, str(answer)
    status = submit(built, market, "--parallel", "all")
    assert set(ran(status)) <= {"image"}, "the layers below are the same; `target`, which the others don't name, is part of an image's key"
    assert digests(status) == digests(cold)


# --- files that are there already


@pytest.fixture
def own_files(tmp_path, local_farm):
    """A project whose user has an override, a .dockerignore and a Dockerfile.rust-optimized already."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    folder = tmp_path / "own"
    folder.mkdir()
    one_workspace(folder)
    write(folder, {
        OVERRIDE: "services:\n  gate:\n    environment:\n      LEVEL: debug\n",
        ".dockerignore": "target\n!NOTES.md\n",
        "Dockerfile.rust-optimized": "FROM rust:1-bookworm\n# mine\n",
    })  # fmt: skip
    return folder


def tree(folder) -> dict:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_that_differ_are_shown_and_kept_and_the_exit_status_says_so(own_files, local_farm):
    before = tree(own_files)
    answer = local_farm.run("init", cwd=own_files)
    assert answer.code == 1, str(answer)
    assert tree(own_files) == before
    assert "-# mine\n" in answer.out
    assert "+ARG SERVICE\n" in answer.out
    for name in (OVERRIDE, ".dockerignore", "Dockerfile.rust-optimized"):
        assert f"--- {name}\n+++ {name}\n@@ " in answer.out
        assert f"kept  {name}\n" in answer.out
    assert "--force" in answer.out


def test_the_diff_is_one_that_patch_understands(own_files, local_farm):
    if shutil.which("patch") is None:
        pytest.skip("no patch")
    answer = local_farm.run("init", cwd=own_files)
    done = subprocess.run(["patch", "-p0"], input=answer.out, cwd=own_files, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    again = local_farm.run("init", cwd=own_files)
    assert again.code == 0, str(again)


def test_force_replaces_them_and_loses_nothing_of_the_users_override(own_files, local_farm, compose):
    answer = local_farm.run("init", "--force", cwd=own_files)
    assert answer.code == 0, str(answer)
    gate = config(compose, own_files)["services"]["gate"]
    assert gate["environment"] == {"LEVEL": "debug"}
    assert gate["build"]["args"] == {"SERVICE": "gate"}
    assert (own_files / ".dockerignore").read_text().endswith("\ntarget\n!NOTES.md\n"), "exceptions still come last"
    assert local_farm.run("init", cwd=own_files).code == 0


def test_a_dry_run_writes_nothing_and_shows_all(tmp_path, local_farm):
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    lone_crates(tmp_path)
    before = tree(tmp_path)
    answer = local_farm.run("init", "--dry-run", cwd=tmp_path)
    assert answer.code == 1, str(answer)
    assert tree(tmp_path) == before
    assert "--- /dev/null\n+++ books/Dockerfile.rust-optimized\n@@ -0,0 +1," in answer.out


def test_a_project_without_rust_is_refused(tmp_path, local_farm):
    project = write_project(tmp_path / "none", {"web": "FROM debian:bookworm-slim\n"}, "none")
    answer = local_farm.run("init", "--output", "json", cwd=project)
    assert answer.code == 2, str(answer)
    assert answer.json["schema"] == "farm.error.v1"
    assert "Cargo" in answer.json["message"]
