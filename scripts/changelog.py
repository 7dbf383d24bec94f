"""Puts the fragments of changelog.d into CHANGELOG.md under a new version's heading.

python scripts/changelog.py VERSION [--draft]
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FRAGMENTS = ROOT / "changelog.d"
CHANGELOG = ROOT / "CHANGELOG.md"
MARK = "<!-- versions -->\n"


def fragments(directory: Path) -> list[Path]:
    """The fragments, by name."""
    return sorted(path for path in directory.glob("*.md") if path.name != "README.md")


def section(version: str, date: dt.date, paths: list[Path]) -> str:
    """The version's part of the changelog. Raises ValueError if a fragment is not a list."""
    parts = []
    for path in paths:
        text = path.read_text(encoding="utf-8").strip()
        if not text.startswith("- "):
            raise ValueError(f"{path.name} is no list: begin its lines with '- '")
        parts.append(text)
    return f"\n## {version} ({date.isoformat()})\n\n" + "\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Put changelog fragments under a version.")
    parser.add_argument("version")
    parser.add_argument("--draft", action="store_true", help="print it and change nothing")
    chosen = parser.parse_args()
    paths = fragments(FRAGMENTS)
    text = section(chosen.version, dt.datetime.now(dt.UTC).date(), paths)
    if chosen.draft:
        sys.stdout.write(text)
        return
    whole = CHANGELOG.read_text(encoding="utf-8")
    CHANGELOG.write_text(whole.replace(MARK, MARK + text, 1), encoding="utf-8")
    for path in paths:
        path.unlink()


if __name__ == "__main__":
    main()
