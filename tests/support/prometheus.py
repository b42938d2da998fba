"""A Prometheus that `farmctl local up --monitoring` started, and expressions of dashboards and rules as it is asked them."""

import json
import math
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

# What Grafana puts in for its own variables, and for those of farm's dashboards where everything is chosen.
GRAFANA = {"__range": "10m", "__rate_interval": "1m", "window": "10m", "price": "0.05"}
COMPARES = ("==", "!=", ">=", "<=", ">", "<")
SETS = ("and", "or", "unless")


@dataclass
class Prometheus:
    address: str

    def api(self, path: str, **arguments) -> dict:
        url = f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {arguments}: {error.read().decode()[:1000]}") from None

    def values(self, expr: str) -> list[float]:
        """The values of an instant query that are numbers."""
        data = self.api("query", query=expr)
        found = [data["result"]] if data["resultType"] == "scalar" else [sample["value"] for sample in data["result"]]
        return [float(value) for _, value in found if math.isfinite(float(value))]

    def wait_for(self, expr: str, holds, what: str, seconds: float = 90) -> list[float]:
        """Until the values of the expression are as wanted."""
        end = time.monotonic() + seconds
        while not holds(values := self.values(expr)):
            assert time.monotonic() < end, f"{what}: `{expr}` is {values}"
            time.sleep(0.5)
        return values


def filled_in(expr: str, **chosen) -> str:
    """The expression with Grafana's variables replaced; those that are not chosen mean all."""
    values = {**GRAFANA, **chosen}
    return re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match.group(1), ".+"), expr)


def operands(expr: str) -> list[str]:
    """What the comparisons and set operations at the top of an alert's expression stand between: each has data while all is well."""
    parts, depth, quoted, start, at = [], 0, False, 0, 0
    words = [f" {word} " for word in (*COMPARES, *SETS)]
    while at < len(expr):
        char = expr[at]
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "({[") - (char in ")}]")
            word = next((word for word in words if depth == 0 and expr.startswith(word, at)), None)
            if word:
                parts.append(expr[start:at])
                at += len(word)
                matching = re.match(r"(?:on|ignoring) \([^)]*\) ", expr[at:])
                start = at = at + (matching.end() if matching else 0)
                continue
        at += 1
    return [part.strip() for part in [*parts, expr[start:]]]
