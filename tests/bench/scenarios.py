#!/usr/bin/env python3
"""Measures the farm against `buildx bake` and bare cargo on a compose project with a Cargo workspace.

    FARM_BIN_DIR=build/release/bin tests/bench/scenarios.py --project examples/market --json result.json

Needs root (BuildKit) and what `tools/install.sh --for run` installs. The project is copied, and everything that is
started ends with this program. Exit: 0 all was measured (whatever the times), 1 something was not, 2 bad arguments,
130 interrupted. README.md beside this file tells what is measured and how.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import REPO
from bench.bake_tool import BakeTool
from bench.bases import Bases, fetch_crates
from bench.cargo_tool import CargoTool
from bench.farm_tool import FarmTool
from bench.measure import BenchError, remove_tree, run
from bench.project import Project
from bench.report import summarise, table
from bench.rounds import SCENARIOS, Rounds
from farm import FarmClient, missing_programs
from testbed import Failed

TOOLS = ("farm", "bake", "bare")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, required=True, metavar="DIR", help="folder of the compose project")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there, after each scenario")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often everything is measured (default 5)")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one (repeatable)")
    parser.add_argument("--tool", action="append", choices=TOOLS, help="only this one (repeatable)")
    parser.add_argument("-f", "--file", action="append", default=[], help="compose file (default: as docker compose finds it)")
    parser.add_argument("--service", default="", metavar="BIN", help="binary to edit (default: the one of middle size)")
    parser.add_argument("--shared", default="", metavar="CRATE", help="local library to edit (default: most depended on)")
    parser.add_argument("--bases", choices=("registry", "builder"), default="registry",
                        help="where base images are before a cold build (default: in the registry only)")  # fmt: skip
    parser.add_argument("--programs", type=Path, default=os.environ.get("FARM_BIN_DIR"), metavar="DIR",
                        help="folder of farm's programs (default: $FARM_BIN_DIR)")  # fmt: skip
    parser.add_argument("--keep-logs", type=Path, metavar="DIR", help="keep each build's output there")
    options = parser.parse_args()
    if not 1 <= options.rounds <= 1000:
        parser.error("--rounds must be from 1 to 1000")
    if not options.project.is_dir():
        parser.error(f"--project: {options.project} is not a folder")
    if options.programs is None or missing_programs(Path(options.programs)):
        parser.error("set FARM_BIN_DIR to the folder with farmctl, farm-coordinator and farm-agent")
    options.programs = Path(options.programs).resolve()
    return options


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine(tools: Path) -> dict:
    info = Path("/proc/cpuinfo").read_text()
    models = {line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = {"rustc": ["rustc", "-V"], "buildkit": [tools / "buildkitd", "--version"], "buildx": [tools / "buildx", "version"],
                "farm_commit": ["git", "-C", REPO, "describe", "--always", "--dirty"]}  # fmt: skip
    said = {name: run(words, f"asking for the version of {name}").strip() for name, words in versions.items()}
    return {"cpus": os.cpu_count(), "cpu": sorted(models), "memory_bytes": memory, "kernel": platform.release(), **said}


def plan_with(programs: Path, home: Path):
    client = FarmClient(programs, home)

    def plan(folder: Path, words: list[str]) -> dict:
        answer = client.run("plan", "--output", "json", *words, cwd=folder)
        if answer.code != 0:
            raise BenchError(str(answer))
        return answer.json

    return plan


def save(file: Path | None, result: dict) -> None:
    if file:
        file.write_text(json.dumps(result, indent=1) + "\n")


def stop(tools: list) -> None:
    """Ends what the tools started, all at once, as each may take seconds. Not to be interrupted."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    say("stopping what was started")
    with ThreadPoolExecutor() as pool:
        for closing in [pool.submit(tool.close) for tool in tools]:
            if closing.exception():
                say(f"error: {closing.exception()}")


def measure(options: argparse.Namespace, work: Path) -> int:
    pinned = ["env", "FARM_USE_HOST_DOCKER=0", REPO / "tools/install.sh", "--print-bin"]  # whatever Docker this machine has
    tools_bin = Path(run(pinned, "making BuildKit and buildx").strip())
    project = Project(options.project.resolve(), work / "project", options.file, plan_with(options.programs, work / "plan"))
    service, service_file = project.service_source(options.service)
    sources = {"one_service": service_file}
    shared = project.shared_source(options.shared)
    if shared:
        sources["shared_crate"] = shared[1]
    say(f"services: {', '.join(project.images)}\nbinaries: {', '.join(project.bins)}")
    say(f"edited: service {service}, shared crate {shared[0] if shared else 'none: that scenario is left out'}")

    say("fetching crates and base images, so that no tool has to download")
    fetch_crates(project.workspace, work / "cargo-home")
    bases = Bases(work, tools_bin, project.bases, work / "cargo-home")
    say(f"base images: {', '.join(bases.references)}; with crates inside: {', '.join(bases.warmed) or 'none'}")
    for base in bases.elsewhere:
        say(f"warning: {base} is not on Docker Hub: each cold build fetches it from where it is")

    logs = options.keep_logs.resolve() if options.keep_logs else work / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    pull_first = options.bases == "builder"
    make = {"farm": lambda: FarmTool(work, options.programs, tools_bin, project, bases, pull_first),
            "bake": lambda: BakeTool(work, tools_bin, project, bases, pull_first),
            "bare": lambda: CargoTool(work, project, work / "cargo-home")}  # fmt: skip
    result = {"schema": "farm.bench.v1", "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine(tools_bin),
              "options": {"rounds": options.rounds, "bases": options.bases},
              "project": {"folder": project.source.name, "files": project.files, "services": project.images, "bins": project.bins,
                          "service_crate": service, "shared_crate": shared[0] if shared else None,
                          "bases": bases.references, "bases_with_crates": bases.warmed}}  # fmt: skip
    started = []
    try:
        for name in options.tool or TOOLS:
            started.append(make[name]())
        wanted = [name for name in SCENARIOS if name in (options.scenario or SCENARIOS)]
        rounds = Rounds(project, started, wanted, sources, logs)
        for number in range(1, options.rounds + 1):
            for _ in rounds.run(number):
                result |= {"scenarios": summarise(rounds.results), "errors": rounds.errors}
                save(options.json, result)
            result["rounds_done"] = number
        save(options.json, result)
    finally:
        stop(started)
    print(f"median of {options.rounds} round(s), seconds; base images in the {options.bases} before a cold build")
    print(table(result["scenarios"]))
    return 1 if rounds.errors else 0


def main() -> int:
    def interrupted(*_):
        raise KeyboardInterrupt

    options = arguments()
    for number in ENDINGS:  # also where a shell without job control ignores SIGINT
        signal.signal(number, interrupted)
    work = Path(tempfile.mkdtemp(prefix="fb-", dir="/tmp"))  # a short path, as sockets lie below it
    try:
        return measure(options, work)
    except (BenchError, Failed) as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    finally:
        remove_tree(work)


if __name__ == "__main__":
    sys.exit(main())
