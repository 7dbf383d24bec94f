"""The options of deliberate faults."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jedlik.cli.options.option import option, options

if TYPE_CHECKING:
    from jedlik.faults.latency import Latency
    from jedlik.faults.plan import FaultPlan

fault_options = options(
    option(
        "--faults",
        type=click.Path(exists=True, path_type=Path, dir_okay=False),
        metavar="FILE",
        help="File with rules by which requests are deliberately throttled, delayed, failed or "
        "cut off. See `jedlik manual testing`.",
    ),
    option(
        "--latency",
        metavar="PROFILE",
        help="How long requests are made to wait: service (like a service in the same region), "
        "milliseconds (20), minimum and maximum (5-50), or median and 99th percentile (5:40).  "
        "[default: none]",
    ),
)


def fault_plan(ctx: click.Context, options: dict[str, Any]) -> FaultPlan | None:
    """The plan in the file of --faults. Raises click.UsageError."""
    if options["faults"] is None:
        return None
    if options["workers"] > 1:
        raise click.UsageError(
            "--faults counts the requests of one process; leave out --workers", ctx
        )
    plan = importlib.import_module("jedlik.faults.plan")
    rules = importlib.import_module("jedlik.faults.rules")
    try:
        read: FaultPlan = plan.read_plan(options["faults"])
    except rules.RuleError as error:
        raise click.UsageError(f"--faults: {error.message}", ctx) from error
    return read


def latency(ctx: click.Context, text: str | None) -> Latency | None:
    """The profile that --latency names. Raises click.UsageError."""
    if text is None:
        return None
    profiles = importlib.import_module("jedlik.faults.latency")
    try:
        found: Latency = profiles.latency_of(text)
    except profiles.LatencyError as error:
        raise click.UsageError(f"--latency {error}", ctx) from error
    return found
