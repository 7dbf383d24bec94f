"""Put measured figures into README and manual: python bench/publish.py FIGURES.json [PAGE ...]

FIGURES.json is what `bench/run.py --json` wrote, on a machine that had nothing else to do. The
tables stand between `<!-- measured -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import workload

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "docs" / "architecture.md")
PLACE = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)
SIDES = {
    "jedlik": "Jedlik, lmdb, fsync",
    "workers": "the same, `--workers 2`",
    "memory": "Jedlik, memory",
    "peer": "peer, memory",
}


def _rate(figures: dict[str, Any] | None) -> str:
    return "" if figures is None else f"{round(figures['rate'], -2):,.0f}"


def table(figures: dict[str, Any]) -> str:
    """The figures as a table in Markdown."""
    loads = figures["loads"]
    sides = [side for side in SIDES if side in next(iter(loads.values()))]
    lines = ["| | " + " | ".join(SIDES[side] for side in sides) + " |"]
    lines.append("|---" + "|--:" * len(sides) + "|")
    for load in workload.LOADS:
        if load.name in loads:
            rates = (_rate(loads[load.name].get(side)) for side in sides)
            lines.append(f"| {load.title}, a second | {' | '.join(rates)} |")
    starts = (f"{figures['cold_start_s'][side]:.3f} s" for side in sides)
    lines.append(f"| Cold start to the first answer | {' | '.join(starts)} |")
    memory = (f"{figures['idle_mib'][side]:.0f} MiB" for side in sides)
    lines.append(f"| Idle memory | {' | '.join(memory)} |")
    machine = figures["machine"]
    lines.append(f"\n{machine['cores']} cores, {machine['system']}, Python {machine['python']}.\n")
    return "\n".join(lines)


def main() -> None:
    text = table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    for page in [Path(name) for name in sys.argv[2:]] or PAGES:
        whole, places = PLACE.subn(
            lambda place: f"{place[1]}{text}{place[2]}", page.read_text(encoding="utf-8")
        )
        if places != 1:
            sys.exit(f"{page.name} has no place for the figures")
        page.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    main()
