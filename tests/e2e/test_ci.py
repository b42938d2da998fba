"""farmctl in a CI system: the examples of deploy/ci, reports, annotations, superseded builds."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree
from pathlib import Path

import ci_files
import yaml
from builds import FRESH, Running, add_line, results, submit, write_project

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


def test_the_github_workflow_builds_and_reports(built, market):
    job = GithubJob(built, market)
    steps = job.run()
    assert [step.returncode for step in steps] == [0, 0, 0], [step.stderr for step in steps]
    assert set(cases(market / "farm.xml").values()) == {"passed"}
    assert "| orchestrator\\_rust | ✅ hit |" in job.summary.read_text()
    assert not (market.parent / "farm.key").exists(), "the key is forgotten"
    job.run()
    assert job.summary.read_text().count("### ✅ farm") == 2, "a summary is appended to what other steps wrote"


def test_a_compiler_error_is_annotated_at_its_file_and_line(built, market):
    source = market / "orchestrator_rust/src/main.rs"
    lines = source.read_text().count("\n")
    add_line(source, f"fn broken_{FRESH}() -> u32 {{ nowhere_{FRESH} }}")
    job = GithubJob(built, market)
    steps = job.run()
    assert [step.returncode for step in steps] == [0, 1, 0]
    annotation = r"^::error file=(.*?),line=(\d+),col=\d+,title=error\[E0425\] in image orchestrator_rust::(.*)$"
    said = re.search(annotation, steps[1].stderr, re.M)
    assert said, steps[1].stderr[-3000:]
    assert (said[1], int(said[2])) == ("orchestrator_rust/src/main.rs", lines + 1)
    assert f"nowhere_{FRESH}" in said[3]
    outcome = cases(market / "farm.xml")
    assert outcome["orchestrator_rust"] == "failure"
    assert outcome["signal_processor_rust"] == "passed"
    failure = junit(market / "farm.xml").find(".//failure").text
    assert f"orchestrator_rust/src/main.rs:{lines + 1}:" in failure
    summary = job.summary.read_text()
    assert f"**orchestrator\\_rust/src/main.rs:{lines + 1}:" in summary

    # The same for GitLab: the environment chooses.
    env = {name: value for name, value in job.env.items() if not name.startswith("GITHUB")}
    env |= {"GITLAB_CI": "true", "FARM_KEY_FILE": str(built.local / "keys/admin.key")}
    argv = [built.programs / "farmctl", "submit", "orchestrator"]
    done = subprocess.run(argv, cwd=market, env=env, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    report = json.loads((market / "gl-code-quality-report.json").read_text())
    assert [(entry["location"]["path"], entry["location"]["lines"]["begin"]) for entry in report] == [(said[1], int(said[2]))]
    assert b"::error" not in done.stderr


def test_a_project_that_can_t_be_read_leaves_reports_too(built, market):
    file = market / "docker-compose.yml"
    file.write_text(file.read_text().replace("depends_on: [market_discovery_rust]", "depends_on: [nobody]"))
    answer = built.submit(market, "--junit", "r.xml", "--summary", "r.md", "--annotations", "github")
    assert answer.code == 2, str(answer)
    assert cases(market / "r.xml") == {"submit": "error"}
    assert "nothing was built" in (market / "r.md").read_text()
    assert re.search(r"^::error file=docker-compose.yml,line=\d+,", answer.err, re.M), str(answer)


def test_a_report_that_can_t_be_written_is_said_before_anything_is_built(built, market):
    before = built.run("ps", "--output", "json", "-n", "1").json["builds"][0]["build"]
    answer = built.submit(market, "--junit", "no/such/folder/r.xml")
    assert answer.code == 2, str(answer)
    assert "no/such/folder/r.xml" in answer.err
    assert built.run("ps", "--output", "json", "-n", "1").json["builds"][0]["build"] == before


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
    # Both agents are busy: the newer build runs only because the older one makes room.
    newer = submit(local_farm, quick, "--supersede", f"main {FRESH}")
    assert results(newer) == {"endless": "built"}
    ended = older.end()
    assert ended.code == 1, str(ended)
    assert f"superseded by build {newer['build']}" in ended.out
    assert other.process.poll() is None, "another key goes on"
    last = submit(local_farm, quick, "--supersede", f"side {FRESH}")
    assert results(last) == {"endless": "hit"}, "a submission that is all hits takes the older one's place too"
    assert f"superseded by build {last['build']}" in other.end().out
