"""The parts of tests/bench/scenarios.py. Standard library only, beside tests/support."""

import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPO / "tests/support"))
