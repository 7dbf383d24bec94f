"""Misspelled names of regions. There may be newer ones than this version knows, so an unknown name
only causes a warning."""

from __future__ import annotations

from jedlik.base.regions import KNOWN_REGIONS
from jedlik.cli import exits


def warn_of_unknown_region(option: str, name: str) -> None:
    """Warn if an option names an unknown region: clients that use the correct name would be
    refused."""
    if name in KNOWN_REGIONS:
        return
    import difflib  # noqa: PLC0415  for mistakes alone

    near = difflib.get_close_matches(name, sorted(KNOWN_REGIONS), 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    exits.complain(f"{option}: this version does not know the region {name}{meant}")
