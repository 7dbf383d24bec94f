"""The options of the request log."""

from __future__ import annotations

from typing import Any

import click

from jedlik.cli.options.option import option, options

logging_options = options(
    option(
        "--log-requests",
        is_flag=False,
        flag_value="text",
        type=click.Choice(("text", "json")),
        metavar="[text|json]",
        help="Write a line for each request to standard error: operation, table and index, units, "
        "items, duration, error.  [default: none]",
    ),
    option(
        "--explain",
        is_flag=True,
        help="Add hints to the request log, and to `jedlik tail`, about Scans, filters that "
        "discard most of what they read, and indexes that could be used.",
    ),
)


def check_logging(ctx: click.Context, options: dict[str, Any]) -> None:
    """Hints are printed below a request's line. Raises click.UsageError."""
    if options["explain"] and options["log_requests"] is None and options["admin_port"] is None:
        raise click.UsageError(
            "--explain adds to what --log-requests or `jedlik tail` (--admin-port) shows; give one "
            "of them too",
            ctx,
        )
