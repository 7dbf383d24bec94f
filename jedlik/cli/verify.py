"""`jedlik verify`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from jedlik.app.settings import DEFAULT_DIRECTORY
from jedlik.app.verifying import verify_store
from jedlik.cli import exits
from jedlik.cli.child import in_child
from jedlik.cli.options.root_key import opening_root_key_options, root_key
from jedlik.cli.places import is_url, must_hold_data, opened, reporting_failures
from jedlik.cli.progress import progress_bar
from jedlik.cli.terminal import show
from jedlik.services.dynamodb.verifying.verification import Finding, Summary

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey


@click.command(epilog=exits.EPILOG)
@click.argument("place", metavar="[PLACE]", default=str(DEFAULT_DIRECTORY))
@opening_root_key_options
def verify(place: str, **options: Any) -> int:
    """Check everything in a data directory or engine.

    PLACE defaults to ./jedlik-data.

    Reads every key and checks that items decode and are stored under their keys, that every index
    agrees with its table, and that the counters are right. Prints one line for each problem, and a
    table of what was read. Changes nothing.

    The server must be stopped, because it would otherwise write while its data is compared. A
    read-only directory, such as a backup's, can be checked too.
    """
    if is_url(place):
        return _verified(place, options)
    return in_child(lambda: _verified(place, options), _died)


def _died(number: int) -> exits.Failure:
    return exits.Failure(
        f"the store is damaged: reading it ended with {signal.Signals(number).name}, as if the "
        "file were cut off or a page of it overwritten; restore it from a backup",
        exits.FOUND,
    )


def _verified(place: str, options: dict[str, Any]) -> int:
    with reporting_failures("the store cannot be read"):
        must_hold_data(place)
        with progress_bar("Reading keys") as progress:
            summary = asyncio.run(_verify(place, root_key(options), progress))
    for line in summary_lines(summary):
        show(line)
    return exits.FOUND if summary.findings else 0


async def _verify(place: str, key: RootKey | None, progress: Callable[[int, int], None]) -> Summary:
    async with opened(place, key, only_reads=True) as engine:
        return await verify_store(engine, _print_finding, progress, key)


def _print_finding(finding: Finding) -> None:
    show(f"{finding.place}: {finding.problem}")


def summary_lines(summary: Summary) -> list[str]:
    """The table of what was read, and the result."""
    rows = [("TABLE", "INDEX", "ITEMS", "BYTES")]
    for table in summary.tables:
        rows.append((table.name, "", f"{table.items:,}", f"{table.size:,}"))
        rows += [("", name, f"{count:,}", "") for name, count in table.entries.items()]
    lines = _aligned(rows) if summary.tables else []
    if summary.purged:
        lines.append(f"{summary.purged:,} keys of deleted tables and indexes wait to be removed.")
    if summary.unopened:
        lines.append(
            f"{summary.unopened:,} values are sealed under keys that no longer exist; "
            "only their sizes were checked."
        )
    found = f"{summary.findings:,} problems" if summary.findings != 1 else "1 problem"
    verdict = f"{found} found" if summary.findings else "No problem found"
    lines.append(f"{verdict} in {summary.keys:,} keys.")
    return lines


def _aligned(rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Names to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        f"{table:<{widths[0]}}  {index:<{widths[1]}}  {items:>{widths[2]}}  {size:>{widths[3]}}"
        for table, index, items, size in rows
    ]
