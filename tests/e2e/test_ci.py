"""farmctl in a CI system: the examples of deploy/ci, reports, annotations, superseded builds."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree
from pathlib import Path

import ci_files
import yaml
from builds import FRESH, Running, results, submit, write_project

BASE = "FROM debian:bookworm-slim\n"


def junit(file) -> xml.etree.ElementTree.Element:
    return xml.etree.ElementTree.parse(file).getroot()


def cases(file) -> dict:
    """Service → "passed", "failure", "skipped" or "error"."""
    outcome = {}
    for case in junit(file).iter("testcase"):
        tags = [child.tag for child in case if child.tag != "system-out"]
        outcome[case.get("name")] = tags[0] if tags else "passed"
    return outcome


# --- the examples


def test_the_examples_have_the_parts_that_their_systems_want():
    job = ci_files.github()["jobs"]["images"]
    assert {"runs-on", "env", "steps"} <= set(job)
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step), step
        # What comes from outside reaches a script by the environment only: pasted into it, it would be run.
        assert "${{" not in step.get("run", ""), step
    assert any(entry.get("artifacts", {}).get("reports", {}).get("junit") for entry in ci_files.gitlab().values())
    assert len(ci_files.jenkins_scripts()) == 2


def test_each_example_builds_all_supersedes_and_reports():
    for name in ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"):
        text = (ci_files.FOLDER / name).read_text()
        for wanted in ("farmctl submit --parallel all", "--supersede", "--junit", "--summary", "--annotations", "--no-cache"):
            assert wanted in text, f"{name} lacks {wanted}"


def test_farmctl_takes_each_command_line_of_the_examples(programs, tmp_path):
    lines = ci_files.all_lines()
    assert {line.where for line in lines} == {"github-actions.yml", "gitlab-ci.yml", "Jenkinsfile", "README.md"}
    for line in lines:
        done = ci_files.parse(programs, line.text, tmp_path)
        assert done.returncode == 0, f"{line.where}: {line.text}\n{done.stderr}"
    wrong = ci_files.parse(programs, "farmctl submit --paralel all", tmp_path)
    assert wrong.returncode == 2, "a wrong one is noticed"


class GithubJob:
    """Runs the shell steps of the example as GitHub's runner does it: bash -e, the job's environment, files for outputs."""

    def __init__(self, client, project, event: str = "push"):
        self.project = project
        self.summary = project.parent / "step-summary.md"
        settings = yaml.safe_load((client.local / "client.yaml").read_text())
        self.secrets = {"FARM_KEY": Path(settings["key_file"]).read_text()}
        self.env = {
            **client.env, "PATH": f"{client.programs}:{os.environ['PATH']}", "GITHUB_ACTIONS": "true", "GITHUB_WORKFLOW": "images",
            "GITHUB_REF": "refs/heads/ci", "GITHUB_SHA": "0123456789abcdef", "GITHUB_STEP_SUMMARY": str(self.summary),
            "FARM_COORDINATOR": settings["coordinator"], "FARM_COORDINATOR_KEY": settings["coordinator_key"],
            "FARM_KEY_FILE": str(project.parent / "farm.key"), "FARM_REGISTRY_INSECURE": "true",
        }  # fmt: skip
        self.event = event

    def run(self) -> list[subprocess.CompletedProcess]:
        failed = False
        done = []
        for step in ci_files.github()["jobs"]["images"]["steps"]:
            condition = step.get("if", "")
            wanted = {"": True, "always()": True}.get(condition, ("!=" in condition) == (self.event != "schedule"))
            if "run" not in step or not wanted or (failed and condition != "always()"):
                continue
            env = {**self.env, **{name: self.secrets[name] for name in step.get("env", {})}}
            argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done.append(subprocess.run(argv, cwd=self.project, env=env, capture_output=True, text=True, check=False, timeout=900))
            failed = failed or done[-1].returncode != 0
        return done


def test_the_github_workflow_builds_what_changed_and_reports(local_farm, tmp_path):
    text = {name: f"{BASE}RUN echo {name} {FRESH} workflow\n" for name in ("api_v1", "worker")}
    project = write_project(tmp_path / "workflow", text, "workflow")
    job = GithubJob(local_farm, project)
    steps = job.run()
    assert [step.returncode for step in steps] == [0, 0, 0], [step.stderr for step in steps]
    assert cases(project / "farm.xml") == {"api_v1": "passed", "worker": "passed"}
    assert "| api\\_v1 | ✅ built |" in job.summary.read_text()
    assert not (tmp_path / "farm.key").exists(), "the key is forgotten"

    write_project(project, {**text, "worker": text["worker"] + "RUN true\n"}, "workflow")
    assert [step.returncode for step in job.run()] == [0, 0, 0]
    _, first, second = job.summary.read_text().split("### ✅ farm")
    assert "| worker | ✅ built |" in first
    assert "| api\\_v1 | ✅ hit |" in second, "a summary is appended to what is there"
    assert "| worker | ✅ built |" in second

    nightly = GithubJob(local_farm, project, "schedule")
    assert [step.returncode for step in nightly.run()] == [0, 0, 0]
    assert nightly.summary.read_text().count("✅ built") == 5, "at night everything is built anew"


CARGO_IMAGE = """\
FROM lukemathwalker/cargo-chef:latest-rust-1-bookworm AS builder
WORKDIR /app
COPY . .
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=builder /app/target/release/app /app
"""


def one_wrong_crate(folder: Path) -> Path:
    """Two services; the crate of one, in a workspace that lies in a folder of the project, does not compile."""
    project = write_project(folder, {"rust": CARGO_IMAGE, "good": f"{BASE}RUN echo {FRESH} ci\n"}, "wrong")
    crate = project / "rust/app"
    (crate / "src").mkdir(parents=True)
    (project / "rust/Cargo.toml").write_text('[workspace]\nmembers = ["app"]\nresolver = "2"\n')
    (crate / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n')
    (project / "rust/Cargo.lock").write_text('version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n')
    (crate / "src/main.rs").write_text(f"fn main() {{\n    let x = nowhere_{FRESH};\n}}\n")
    return project


def test_a_compiler_error_is_annotated_at_its_file_and_line(local_farm, tmp_path):
    project = one_wrong_crate(tmp_path / "wrong")
    job = GithubJob(local_farm, project)
    steps = job.run()
    assert [step.returncode for step in steps] == [0, 1, 0]
    message = f"cannot find value `nowhere_{FRESH}` in this scope"
    annotation = f"::error file=rust/app/src/main.rs,line=2,col=13,title=error[E0425] in image rust::{message}"
    assert annotation in steps[1].stderr.splitlines(), steps[1].stderr[-3000:]
    assert cases(project / "farm.xml") == {"rust": "failure", "good": "passed"}
    assert f"rust/app/src/main.rs:2:13: error[E0425]: {message}" in junit(project / "farm.xml").find(".//failure").text
    summary = job.summary.read_text()
    assert "- **rust/app/src/main.rs:2:13** E0425: " in summary
    assert "| good | ✅ built |" in summary

    # The same for GitLab: the environment chooses.
    env = {name: value for name, value in job.env.items() if not name.startswith("GITHUB")}
    env |= {"GITLAB_CI": "true", "FARM_KEY_FILE": str(local_farm.local / "keys/admin.key")}
    argv = [local_farm.programs / "farmctl", "submit", "rust"]
    done = subprocess.run(argv, cwd=project, env=env, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    report = json.loads((project / "gl-code-quality-report.json").read_text())
    assert [(entry["location"]["path"], entry["location"]["lines"]["begin"]) for entry in report] == [("rust/app/src/main.rs", 2)]
    assert b"::error" not in done.stderr


def test_a_project_that_can_t_be_read_leaves_reports_too(local_farm, market):
    file = market / "docker-compose.yml"
    file.write_text(file.read_text().replace("depends_on: [market_discovery_rust]", "depends_on: [nobody]"))
    answer = local_farm.submit(market, "--junit", "r.xml", "--summary", "r.md", "--annotations", "github")
    assert answer.code == 2, str(answer)
    assert cases(market / "r.xml") == {"submit": "error"}
    assert "nothing was built" in (market / "r.md").read_text()
    assert re.search(r"^::error file=docker-compose.yml,line=\d+,", answer.err, re.M), str(answer)


def test_a_report_that_can_t_be_written_is_said_before_anything_is_built(local_farm, market):
    before = local_farm.run("ps", "--output", "json", "-n", "1").json
    answer = local_farm.submit(market, "--junit", "no/such/folder/r.xml")
    assert answer.code == 2, str(answer)
    assert "no/such/folder/r.xml" in answer.err
    assert local_farm.run("ps", "--output", "json", "-n", "1").json == before


# --- superseded


def endless(tmp_path, mark: str):
    text = f"{BASE}RUN echo {tmp_path.name} {mark} has begun && sleep 600\n"
    return write_project(tmp_path / mark, {"endless": text}, "superseded")


def begun(client, project, key: str) -> Running:
    """A submit whose job is on an agent."""
    running = Running(client, "submit", "--supersede", f"{key} {FRESH}", cwd=project)
    running.wait_for(r"image endless: .*\(local-\d\)")
    return running


def test_a_newer_submission_of_the_same_key_cancels_the_older(local_farm, tmp_path):
    older = begun(local_farm, endless(tmp_path, "older"), "main")
    other = begun(local_farm, endless(tmp_path, "other"), "side")
    quick = write_project(tmp_path / "quick", {"endless": f"{BASE}RUN echo {FRESH} newer\n"}, "superseded")
    newer = submit(local_farm, quick, "--supersede", f"main {FRESH}")
    assert results(newer) == {"endless": "built"}
    ended = older.end()
    assert ended.code == 1, str(ended)
    assert f"superseded by build {newer['build']}" in ended.out
    assert other.process.poll() is None, "another key goes on"
    last = submit(local_farm, quick, "--supersede", f"side {FRESH}")
    assert results(last) == {"endless": "hit"}, "a submission that is all hits takes the older one's place too"
    assert f"superseded by build {last['build']}" in other.end().out
