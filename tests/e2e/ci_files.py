"""The example files of deploy/ci, and the command lines that stand in them and in farmctl's own help."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml
from farm import REPO

FOLDER = REPO / "deploy/ci"


@dataclass
class Line:
    """A command line of farmctl, and where it stands."""

    where: str
    text: str


def joined(text: str) -> list[str]:
    """The lines of a script, continuation lines put together."""
    return re.sub(r"\\\n\s*", " ", text).splitlines()


def farmctl_lines(where: str, script: str) -> list[Line]:
    return [Line(where, line.strip()) for line in joined(script) if line.strip().startswith("farmctl ")]


def github() -> dict:
    return yaml.safe_load((FOLDER / "github-actions.yml").read_text())


def gitlab() -> dict:
    return yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text())


def jenkins_scripts() -> list[str]:
    return re.findall(r"sh '''(.*?)'''", (FOLDER / "Jenkinsfile").read_text(), re.DOTALL)


def all_lines() -> list[Line]:
    lines = []
    for step in github()["jobs"]["images"]["steps"]:
        lines += farmctl_lines("github-actions.yml", step.get("run", ""))
    for job in gitlab().values():
        for part in ("before_script", "script", "after_script"):
            lines += [line for text in job.get(part, []) for line in farmctl_lines("gitlab-ci.yml", text)]
    for script in jenkins_scripts():
        lines += farmctl_lines("Jenkinsfile", script)
    for line in re.findall(r"`(farmctl [^`]+)`", (FOLDER / "README.md").read_text()):
        if "…" not in line:
            lines.append(Line("README.md", line))
    return lines


def parse(programs: Path, text: str, folder: Path) -> subprocess.CompletedProcess:
    """bash splits the words as it would for a user, farmctl's own parser reads them, and nothing is done."""
    script = 'farmctl() { "$FARMCTL" __parse "$@"; }\n' + text
    given = {"CI_COMMIT_REF_SLUG": "my-branch", "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567"}
    env = {**os.environ, **given, "FARMCTL": str(programs / "farmctl")}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False)
