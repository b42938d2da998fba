#!/usr/bin/env python3
"""Writes farm's Grafana dashboards beside itself, or says which differ from what it would write.

usage: generate.py [--check]      exit 0: written, or all as they should be; 1: some differ
"""

import json
import sys
from pathlib import Path

import agents
import build
import capacity
import overview

HERE = Path(__file__).resolve().parent
OTHERS = [
    ("Overview", "farm-overview"),
    ("Build and service", "farm-build"),
    ("Agents", "farm-agents"),
    ("Cost and capacity", "farm-capacity"),
]


def texts():
    made = [module.make(OTHERS) for module in (overview, build, agents, capacity)]
    return {HERE / f"{one['uid']}.json": json.dumps(one, indent=2, ensure_ascii=False) + "\n" for one in made}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = []
    for path, text in texts().items():
        if sys.argv[1:] == ["--check"]:
            if not path.exists() or path.read_text() != text:
                stale.append(path.name)
        else:
            path.write_text(text)
    for name in stale:
        print(f"{name} is not what generate.py writes: run it, and commit what it wrote")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
