"""Writes the tables of clients in docs/clients.md, from what `make test-clients` found.

python scripts/client_table.py

The results of a run (`.clients/results`) replace the recorded ones of the same clients. A client
that could not be tried on this machine keeps its recorded result.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.clients.drivers import BUILT  # noqa: E402
from tests.clients.matrix import CHAPTERS, CLIENTS, TOOLS  # noqa: E402
from tests.clients.outcomes import NONE, PART, PASS  # noqa: E402

TARGET = ROOT / "docs" / "clients.md"
RESULTS = ROOT / "tests" / "clients" / "results.json"
BEGIN = "<!-- by scripts/client_table.py: begin -->\n"
END = "<!-- by scripts/client_table.py: end -->\n"
_SIGNS = {PASS: "✓", PART: "(✓)", NONE: "–"}  # noqa: RUF001

Results = dict[str, dict[str, Any]]


def newest(before: Results) -> Results:
    """The recorded results, updated with those of the last run."""
    found = dict(before)
    for file in sorted((BUILT / "results").glob("*.json")):
        found[file.stem] = json.loads(file.read_text("utf-8"))
    return {name: found[name] for name in (*CLIENTS, *TOOLS) if name in found}


def render(results: Results) -> str:
    """Both tables."""
    lines = [
        f"| Client | Version | {' | '.join(CHAPTERS)} |",
        f"|---|---|{':-:|' * len(CHAPTERS)}",
    ]
    for name in filter(results.__contains__, CLIENTS):
        chapters = results[name]["chapters"]
        signs = [_SIGNS[chapters[each]] if each in chapters else " " for each in CHAPTERS]
        lines.append(
            f"| {CLIENTS[name].title} | {results[name]['version']} | {' | '.join(signs)} |"
        )
    tools = [name for name in TOOLS if name in results]
    if tools:
        lines += ["", "| Tool | Version | Passed |", "|---|---|---|"]
    for name in tools:
        passed = ", ".join(results[name]["chapters"])
        lines.append(f"| {TOOLS[name].title} | {results[name]['version']} | {passed} |")
    return "\n".join(lines) + "\n"


def placed(page: str, tables: str) -> str:
    """The page with the tables between their marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{tables}{END}{rest.partition(END)[2]}"


def kept() -> Results:
    """The results recorded in the repository."""
    found: Results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return found


if __name__ == "__main__":
    results = newest(kept())
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    TARGET.write_text(placed(TARGET.read_text("utf-8"), render(results)), encoding="utf-8")
