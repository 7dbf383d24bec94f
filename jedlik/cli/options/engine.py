"""The options of a shared engine, and their valid combinations."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from jedlik.app.addresses.hosts import is_this_machine
from jedlik.cli import exits
from jedlik.cli.options.option import FunctionT, option, options
from jedlik.cli.places import is_url

engine_options = options(
    option(
        "--engine",
        metavar="URL",
        help="Keep the data in a shared database that speaks the PostgreSQL protocol instead, "
        "together with any number of other nodes: postgresql://user@host1,host2/name. Passwords "
        "are better set in the environment (PGPASSWORD, or JEDLIK_ENGINE). See `jedlik manual "
        "scale-out`.",
    ),
    option(
        "--read-engine",
        metavar="URL",
        help="Standbys of the shared database, used for eventually consistent reads.",
    ),
)


def check_engine(ctx: click.Context, options: dict[str, Any]) -> None:
    """Check the combination of options. Raises click.UsageError."""
    if options["engine"] is None:
        if options["read_engine"] is not None:
            raise click.UsageError("--read-engine needs --engine", ctx)
        return
    for name in ("engine", "read_engine"):
        shown = f"--{name.replace('_', '-')}"
        _check_url(ctx, shown, options[name])
        if options[name] is not None:
            warn_of_plain_text(shown, options[name])
    for other in ("memory", "data"):
        if options[other] and ctx.get_parameter_source(other) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--engine and --{other} exclude each other", ctx)
    if options["durability"] != "fsync":
        raise click.UsageError(
            "--durability is the shared engine's own matter: its synchronous_commit decides", ctx
        )


def warn_of_plain_text(shown: str, url: str) -> None:
    """Warn if a connection string does not require encryption to another machine: by default,
    drivers ask for TLS, and continue without it if the server refuses."""
    address, _, parameters = url.partition("://")[2].partition("?")
    if "sslmode=" in parameters or os.environ.get("PGSSLMODE"):
        return
    hosts = address.partition("/")[0].rpartition("@")[2]
    away = [host for host in map(_without_port, hosts.split(",")) if not _stays_here(host)]
    if away:
        exits.complain(
            f"{shown}: connections to {away[0]} are not certain to be encrypted; add "
            "sslmode=verify-full, or sslmode=prefer if another layer encrypts them"
        )


def _stays_here(host: str) -> bool:
    """Whether a host is this machine, or the path of a socket on it."""
    return not host or host.lower().startswith("%2f") or is_this_machine(host)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def place_options(function: FunctionT) -> FunctionT:
    """Adds to a command PLACE, a data directory or the URL of a shared engine, and --engine, which
    takes the URL too; `place_of` reads them."""
    engine = option(
        "--engine", metavar="URL", help="The shared engine to use; PLACE may also name it."
    )
    return click.argument("places", metavar="[PLACE]", nargs=-1)(engine(function))


def place_of(ctx: click.Context, options: dict[str, Any], default: Path | None = None) -> str:
    """The place in the options of `place_options`, which are removed. Raises click.UsageError."""
    places, url = options.pop("places"), options.pop("engine")
    if len(places) > 1:
        raise click.UsageError(f"one PLACE is enough; there is {places[1]} too", ctx)
    if not places and url is None and default is not None:
        return str(default)
    if not places and url is None:
        raise click.UsageError("give a data directory, or a shared engine with --engine URL", ctx)
    if places and url is not None:
        raise click.UsageError(f"--engine and {places[0]} exclude each other", ctx)
    _check_url(ctx, "--engine", url)
    return str(places[0] if places else url)


def _check_url(ctx: click.Context, shown: str, given: str | None) -> None:
    if given is not None and not is_url(given):
        raise click.UsageError(f"{shown} must be a URL such as postgresql://host/name", ctx)
