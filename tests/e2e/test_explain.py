"""Why was it rebuilt, down to the file; why does it wait; what did it hit: on the local farm."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from builds import FRESH, add_line, submit, write_project


def explain(client, *words) -> dict:
    answer = client.run("explain", *words, "--output", "json")
    assert answer.code == 0, str(answer)
    assert answer.json["schema"] == "farm.explain.v1"
    return answer.json


def said(explained: dict) -> list[str]:
    """The reasons of a job and of all jobs below it."""
    return [reason["text"] for reason in explained["reasons"]] + [text for job in explained["below"] for text in said(job)]


def files_of(explained: dict) -> set[str]:
    return {reason["subject"] for reason in explained["reasons"] if reason["kind"] == "file"}


def test_a_hit_names_the_build_that_made_it(built, cold, market):
    status = submit(built, market, "--parallel", "all")
    explained = explain(built, "orchestrator", "--build", status["build"])
    assert explained["state"] == "hit"
    assert explained["services"] == ["orchestrator_rust"]
    assert explained["last_build"] >= cold["build"]
    assert explained["reasons"] == []
    text = built.run("explain", "orchestrator", "--build", status["build"])
    assert re.search(r"unchanged since build \d+, \d+ (s|min|h|days) ago", text.out), str(text)


def test_an_edited_file_is_named_and_no_other(built, cold, market):
    source = market / "signal_processor_rust/src/main.rs"
    add_line(source, f"// before, {FRESH}")
    submit(built, market, "signal_processor_rust")  # what the next one is compared with, whatever other tests built
    add_line(source, f"// explained, {FRESH}")
    (market / "signal_processor_rust/src/fresh.txt").write_text(FRESH)
    status = submit(built, market, "signal_processor_rust")
    explained = explain(built, "signal_processor_rust", "--build", status["build"])
    assert explained["cause"] == "source"
    assert [(reason["kind"], reason["subject"]) for reason in explained["reasons"]] == [
        ("file", "signal_processor_rust/src/main.rs"),
        ("file", "signal_processor_rust/src/fresh.txt"),
    ]
    job = next(job for job in status["jobs"] if job["name"] == "image signal_processor_rust")
    assert job["placement"], "why on that agent"
    assert explained["placement"] == job["placement"]


def test_another_client_is_told_the_file_too(built, cold, market, new_client):
    for line in ("// by somebody else", "// and again"):
        add_line(market / "signal_processor_rust/src/main.rs", f"{line}, {FRESH}")
        status = submit(built, market, "signal_processor_rust")
    explained = explain(new_client, "signal_processor_rust", "--build", status["build"])
    assert said(explained) == ["signal_processor_rust/src/main.rs changed (slice crate:signal_processor_rust)"]


def test_the_steps_of_a_job_are_told(built, cold, market):
    add_line(market / "signal_processor_rust/src/main.rs", f"// for its steps, {FRESH}")
    status = submit(built, market, "signal_processor_rust")
    job = next(job for job in status["jobs"] if job["name"] == "image signal_processor_rust")
    explained = explain(built, "signal_processor_rust", "--build", status["build"])
    own = [step for step in explained["steps"] if step["name"].startswith("[") and not step["name"].startswith(("[internal]", "[context"))]
    compiled = next(step for step in own if "cargo build" in step["name"])
    assert not compiled["cached"]
    assert 0 < compiled["run_ms"] <= job["run_ms"] + job["push_ms"]
    assert min(step["start_ms"] for step in explained["steps"]) == 0
    starts = [step["start_ms"] for step in explained["steps"]]
    assert starts == sorted(starts)
    assert not any(step["failed"] for step in explained["steps"])
    assert explained["steps_left_off"] == 0
    text = built.run("explain", "signal_processor_rust", "--build", status["build"])
    assert re.search(rf"{job['steps']} steps?, {job['steps_cached']} cached; longest: .*cargo build", text.out), str(text)


DOCKERFILE = f"""FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS chef
ENV RUN_OF={FRESH}
WORKDIR /app
FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json
FROM chef AS dependencies
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json
FROM dependencies AS builder
COPY . .
RUN cargo build --release
FROM debian:bookworm-slim
RUN true
COPY --from=builder /app/target/release/small /usr/local/bin/small
"""


def write_small(folder: Path, version: str, features: str) -> Path:
    """A crate with one dependency that compiles in a second, at that version."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src/main.rs").write_text("fn main() {}\n")
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "small"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
        f'memchr = {{ version = "={version}", default-features = false, features = [{features}] }}\n'
    )
    (folder / ".dockerignore").write_text("target\nDockerfile\ncompose.yaml\n")
    (folder / "compose.yaml").write_text("name: small\nservices:\n  small:\n    build: .\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    done = subprocess.run(["cargo", "generate-lockfile"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_version_a_feature_and_a_line_are_named(built, cold, tmp_path):
    project = write_small(tmp_path / "small", "2.7.4", "")
    submit(built, project)

    write_small(project, "2.7.5", "")
    status = submit(built, project)
    explained = explain(built, "small", "--build", status["build"])
    assert explained["cause"] == "upstream"
    assert [job["job"] for job in explained["below"]] == ["deps"]
    deps = explained["below"][0]
    assert deps["cause"] == "dependencies"
    assert said(deps) == ['Cargo.toml: memchr = "=2.7.4" → "=2.7.5"', "Cargo.lock: memchr 2.7.4 → 2.7.5"]
    assert files_of(explained) == {"Cargo.toml", "Cargo.lock"}

    write_small(project, "2.7.5", '"alloc"')
    status = submit(built, project)
    explained = explain(built, "small", "--build", status["build"])
    assert said(explained["below"][0]) == ["Cargo.toml: memchr: features +alloc"]
    assert files_of(explained) == {"Cargo.toml"}

    (project / "Dockerfile").write_text(DOCKERFILE.replace("RUN true", f"RUN echo {FRESH}"))
    status = submit(built, project)
    explained = explain(built, "small", "--build", status["build"])
    assert explained["cause"] == "dockerfile"
    assert said(explained) == [f"Dockerfile line 14: RUN true → RUN echo {FRESH}"]
    assert explained["below"] == []

    write_project(tmp_path / "other", {"other": f"FROM debian:bookworm-slim\nRUN echo {FRESH} other\n"}, "explain-other")
    submit(built, tmp_path / "other")
    here = built.run("explain", "small", cwd=project)
    assert here.code == 0, str(here)
    assert here.out.startswith(f"small (image small) was built in build {status['build']} of small\n")


def test_a_wrong_name_lists_what_there_is(built, cold, market):
    status = submit(built, market)
    answer = built.run("explain", "nothing-like-it", "--build", status["build"])
    assert answer.code == 2, str(answer)
    assert "orchestrator_rust" in answer.err
    assert "deps" not in answer.err, "it was not needed in this build"
    several = built.run("explain", "shard_0", "--build", status["build"])
    assert several.code == 0, "both shards are one image"
    ambiguous = built.run("explain", "rust", "--build", status["build"])
    assert ambiguous.code == 2
    assert "can be several jobs" in ambiguous.err


def test_a_job_that_waits_says_for_what_and_what_of_each_agent(built, cold, tmp_path):
    folder = write_project(tmp_path / "waits", {"nowhere": f"FROM debian:bookworm-slim\nRUN echo {FRESH}\n"}, "waits")
    compose = folder / "compose.yaml"
    compose.write_text(compose.read_text() + "    x-farm: {labels: {zone: nowhere}}\n")
    answer = built.submit(folder, "--detach")
    assert answer.code == 0, str(answer)
    explained = explain(built, "nowhere", "--build", answer.json["build"])
    assert explained["cause"] == "first-build"
    assert explained["state"] == "waiting"
    assert {fit["agent"] for fit in explained["agents"]} == {"local-1", "local-2"}
    assert {fit["reason"] for fit in explained["agents"]} == {"lacks the label zone=nowhere"}
    assert built.run("cancel", answer.json["build"]).code == 0
