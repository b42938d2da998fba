"""The order of things: scenarios in a round, tools in a scenario, and what has to be so before a build is timed."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .measure import BenchError
from .project import Project

SCENARIOS = ("cold", "unchanged", "one_service", "shared_crate", "fresh_host")


class Rounds:
    """Runs rounds and keeps their records: results[scenario][tool] = list of rounds."""

    def __init__(self, project: Project, tools: list, scenarios: list[str], sources: dict[str, Path], logs: Path):
        """`sources` names the file to edit for one_service and shared_crate; a scenario without one is left out."""
        self._project = project
        self._tools = tools
        self.scenarios = [name for name in scenarios if name not in ("one_service", "shared_crate") or name in sources]
        self._sources = sources
        self._logs = logs
        self._built: dict[str, int] = {}  # per tool the version of the tree that it built last
        self.results: dict[str, dict[str, list]] = {name: {} for name in self.scenarios}
        self.errors: list[str] = []

    def run(self, number: int) -> Iterator[str]:
        """One round: every scenario, and in it the tools in turn. Yields each scenario when it was measured."""
        for scenario in self.scenarios:
            tools = [tool for tool in self._tools if scenario != "fresh_host" or hasattr(tool, "fresh_host")]
            if scenario != "cold":
                for tool in tools:
                    self._catch_up(tool)
            if scenario in self._sources:
                self._project.edit(self._sources[scenario])
            for tool in tools:
                self._measure(number, scenario, tool)
            yield scenario

    def _catch_up(self, tool) -> None:
        """Builds, untimed, what the tool did not build yet. Needed only where scenarios were chosen or one failed."""
        if self._built.get(tool.name) == self._project.version:
            return
        try:
            if tool.name not in self._built:
                tool.reset()
            tool.build(self._logs / f"{tool.name}-prepare")
            self._built[tool.name] = self._project.version
        except BenchError as error:
            self._fail(f"{tool.name}, before measuring: {error}")

    def _measure(self, number: int, scenario: str, tool) -> None:
        try:
            if scenario == "cold":
                tool.reset()
            elif tool.name not in self._built:
                return  # its preparation failed and was said
            elif scenario == "fresh_host":
                tool.fresh_host()
            began = time.time()
            record = tool.build(self._logs / f"{tool.name}-{scenario}-{number}", fresh=scenario == "fresh_host")
        except BenchError as error:
            self._built.pop(tool.name, None)
            self._fail(f"round {number}, {scenario}, {tool.name}: {error}")
            return
        self._built[tool.name] = self._project.version
        self.results[scenario].setdefault(tool.name, []).append({"round": number, "began": round(began, 1)} | record)
        did = f", {record['jobs_run']} jobs" if "jobs_run" in record else f", {record['compiled']} crates"
        print(f"round {number}  {scenario:<12} {tool.name:<5} {record['wall_s']:9.3f} s  CPU {record['cpu_s']:8.2f} s  "
              f"load {record['load']:.1f}{did}", file=sys.stderr, flush=True)  # fmt: skip

    def _fail(self, text: str) -> None:
        self.errors.append(text)
        print(f"error: {text}", file=sys.stderr, flush=True)
