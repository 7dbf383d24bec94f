"""The options of a shared engine, and what goes with them."""

from __future__ import annotations

from typing import Any, Final

import click
from click.core import ParameterSource

from jedlik.cli.option import FunctionT, option
from jedlik.cli.places import is_url

_OPTIONS: Final = (
    option(
        "--engine",
        metavar="URL",
        help="Keep the data in a shared database that speaks the PostgreSQL protocol instead, "
        "beside any number of other nodes: postgresql://user@host1,host2/name. Passwords are "
        "better in the environment (PGPASSWORD, or this variable). See docs/scale-out.md.",
    ),
    option(
        "--read-engine",
        metavar="URL",
        help="Standbys of the shared database that eventually consistent reads may go to.",
    ),
)


def engine_options(function: FunctionT) -> FunctionT:
    """Adds the options to a command."""
    for each in reversed(_OPTIONS):
        function = each(function)
    return function


def check_engine(ctx: click.Context, options: dict[str, Any]) -> None:
    """What goes with --engine and what does not. Raises click.UsageError."""
    url = options["engine"]
    if url is None:
        if options["read_engine"] is not None:
            raise click.UsageError("--read-engine needs --engine beside it", ctx)
        return
    for name in ("engine", "read_engine"):
        given = options[name]
        if given is not None and not is_url(given):
            shown = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{shown} is to be a URL such as postgresql://host/name", ctx)
    for other in ("memory", "data"):
        if options[other] and ctx.get_parameter_source(other) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--engine and --{other} exclude each other", ctx)
    if options["durability"] != "fsync":
        raise click.UsageError(
            "--durability is the shared engine's own matter: its synchronous_commit decides", ctx
        )
