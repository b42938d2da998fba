"""docs/recipes.md, as it stands: every block is run, in the page's order, in a project with the names of the market and small crates."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from builds import FRESH
from farm import REPO

PAGE = REPO / "docs/recipes.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    return BLOCK.findall(PAGE.read_text())


SERVICES = ("orchestrator_rust", "signal_processor_rust", "game_shard_rust")
PACKAGE = '[package]\nname = "NAME"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
MAIN = """fn main() {
    println!("NAME: {}", rust_core::greeting());
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
"""
CORE = """pub fn greeting() -> String {
    format!("ready FRESH {}", itoa::Buffer::new().format(42))
}

#[test]
fn greets() {
    assert!(greeting().ends_with("42"));
}
"""
SLOW = """FROM rust:1-bookworm AS builder
WORKDIR /app
COPY . .
ARG SERVICE
RUN cargo build --release --bin ${SERVICE}

FROM debian:bookworm-slim
ARG SERVICE
COPY --from=builder /app/target/release/${SERVICE} /usr/local/bin/service
ENTRYPOINT ["/usr/local/bin/service"]
"""


def write_small_market(folder: Path) -> Path:
    """As a project is before farm: a compose file and one slow Dockerfile. No ports: those are not a test's to take."""
    text = f"name: recipes-{FRESH}\nservices:\n"
    for name in (*SERVICES, "rust_core"):
        (folder / name / "src").mkdir(parents=True)
        needs = 'itoa = "1"\n' if name == "rust_core" else 'rust_core = { path = "../rust_core" }\n'
        (folder / name / "Cargo.toml").write_text(PACKAGE.replace("NAME", name) + needs)
    for name in SERVICES:
        (folder / name / "src/main.rs").write_text(MAIN.replace("NAME", name))
        text += f"  {name}:\n    init: true\n    stop_grace_period: 1s\n    build:\n      context: .\n      args: {{SERVICE: {name}}}\n"
    (folder / "rust_core/src/lib.rs").write_text(CORE.replace("FRESH", FRESH))
    (folder / "docker-compose.yml").write_text(text)
    (folder / "Dockerfile").write_text(SLOW)
    members = ", ".join(f'"{name}"' for name in (*SERVICES, "rust_core"))
    (folder / "Cargo.toml").write_text(f'[workspace]\nresolver = "2"\nmembers = [{members}]\n')
    done = subprocess.run(["cargo", "generate-lockfile"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def place(local_farm, engine, compose, short_dir):
    """The project, and the environment of a developer's shell: farmctl, docker and compose in PATH."""
    if shutil.which("cargo") is None:
        pytest.skip("no cargo")
    project = write_small_market(short_dir / "recipes")
    client = local_farm.another(short_dir / "recipes-client")
    client.extra_env |= engine.environment(client.programs, compose.parent)
    yield project, client
    client.run("down", "--timeout", "1", cwd=project)


def run(script: str, project: Path, env: dict) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=project, env=env, capture_output=True, text=True, timeout=1500, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}\nexit {done.returncode}\n--- stdout\n{done.stdout[-4000:]}\n--- stderr\n{done.stderr[-4000:]}"
    return done.stdout


def follow(command: str, project: Path, env: dict) -> str:
    """A log that goes on: until its first line, then what Ctrl-C sends to all programs of the terminal."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=project, env=env, text=True, start_new_session=True, **streams)
    line = running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)
    rest, problems = running.communicate(timeout=60)
    assert line, f"{command}: {problems}"
    assert running.returncode == 0, f"{command} ended with {running.returncode}: {problems}"
    return line + rest


def run_block(script: str, project: Path, env: dict) -> str:
    """A block, line by line where one of them follows a log."""
    out = ""
    gathered = ""
    for line in script.splitlines(keepends=True):
        if re.match(r"farmctl logs .*-f\b", line):
            out += run(gathered, project, env) + follow(line.strip(), project, env)
            gathered = ""
        else:
            gathered += line
    return out + run(gathered, project, env)


def test_every_block_of_the_page_works(place):
    project, client = place
    said = []
    for number, block in enumerate(blocks()):
        # Lines that nobody built before this run.
        said.append(run_block(block.replace("A change.", f"A change, {number}, {FRESH}."), project, client.env))
    assert re.search(r"^written +Dockerfile.rust-optimized$", said[0], re.MULTILINE), said[0]
    assert len(re.findall(r"^\S+ +built +", said[1], re.MULTILINE)) == len(SERVICES), said[1]
    assert re.search(r"^orchestrator_rust +built +", said[2], re.MULTILINE), said[2]
    assert f"orchestrator_rust: ready {FRESH} 42" in said[2], "the running service's log"
    assert len(re.findall(r"^\S+ +built +", said[3], re.MULTILINE)) == len(SERVICES), said[3]
    assert "Compiling orchestrator_rust v" in said[4], said[4]
    assert "Compiling itoa v" not in said[4], "external crates are not compiled again"
    assert re.search(r"^orchestrator_rust +built +", said[6], re.MULTILINE), said[6]
    assert f"signal_processor_rust: ready {FRESH} 42" in said[-1]
    last = json.loads(run("farmctl ps --output json", project, client.env))["builds"][0]
    assert last["state"] == "succeeded"


def test_the_page_shows_the_guides_three_workflows_and_only_shell_blocks():
    text = PAGE.read_text()
    for heading in ("## Every day", "## A new dependency", "## Before a deployment to production"):
        section = text.split(heading, 1)[1].split("\n## ", 1)[0]
        assert BLOCK.search(section), heading
    assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(blocks()), "a block that no test runs"


def test_every_command_of_the_guides_table_is_one_that_farmctl_knows(programs):
    table = (REPO / "README.md").read_text().split("### From the guide to farm\n", 1)[1].split("\n### ", 1)[0]
    commands = sorted(set(re.findall(r"`farmctl ([^`]*)`", table)))
    assert len(commands) > 15
    for command in commands:
        words = command.split()
        verbs = [word for word in words[: 2 if words[0] == "local" else 1] if not word.startswith("-")]
        done = subprocess.run([programs / "farmctl", *verbs, "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"`farmctl {command}`: {done.stderr}"
        for option in (word for word in words if word.startswith("-")):
            assert re.search(rf"(^|[\s,]){option}\b", done.stdout), f"`farmctl {command}`: no {option} in\n{done.stdout}"
