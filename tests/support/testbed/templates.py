"""deploy/templates, from which the configurations of all farms are made."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "deploy/templates"


def fill_template(name: str, **values) -> str:
    """The template with `{{ key }}` replaced. KeyError for a key without a value."""
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: str(values[match[1]]), (FOLDER / name).read_text())
