"""The options of DAX clusters."""

from __future__ import annotations

import re
from typing import Any, Final

import click
from click.core import ParameterSource

from jedlik.base.limits import MIB
from jedlik.cli.options.numbers import WholeNumber
from jedlik.cli.options.option import option, options
from jedlik.dax import settings as defaults
from jedlik.dax.settings import DaxSettings

MAX_MEMORY: Final = 1024 * 1024
_PLACE: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]/]+))(?::([0-9]{1,5}))?").fullmatch
_NAMES: Final = ("dax_port", "dax_tls_port", "dax_advertise", "dax_memory")


MEMORY: Final = option(
    "--dax-memory",
    type=WholeNumber(1, MAX_MEMORY),
    default=defaults.DEFAULT_MEMORY // MIB,
    show_default=True,
    metavar="MIB",
    help="Memory, in MiB, for the cache of each cluster.",
)
PORT: Final = option(
    "--dax-port",
    type=WholeNumber(0, 65535),
    default=defaults.DEFAULT_PORT,
    show_default=True,
    metavar="PORT",
    help="Port of the first cluster; further clusters get the ports after it. 0 picks free ones.",
)
ADVERTISE: Final = option(
    "--dax-advertise",
    metavar="HOST[:PORT]",
    help="The address at which clients reach the first cluster if it differs from where it "
    "listens, for example behind the ports of a container.",
)
dax_options = options(
    option(
        "--dax",
        is_flag=True,
        help="Also serve the tables to DAX clients, through caches.",
    ),
    PORT,
    option(
        "--dax-tls-port",
        type=WholeNumber(0, 65535),
        default=defaults.DEFAULT_TLS_PORT,
        show_default=True,
        metavar="PORT",
        help="The same for clusters with encrypted connections, which are available with --tls.",
    ),
    ADVERTISE,
    MEMORY,
)


def dax_settings(ctx: click.Context, options: dict[str, Any]) -> DaxSettings | None:
    """The settings in the options, which are removed. Raises click.UsageError."""
    wanted = options.pop("dax")
    given = {name: options.pop(name) for name in _NAMES}
    if not wanted:
        for name in _NAMES:
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                shown = name.replace("_", "-")
                raise click.UsageError(f"--{shown} is about clusters; it needs --dax", ctx)
        return None
    advertised = given["dax_advertise"]
    return DaxSettings(
        given["dax_port"],
        given["dax_tls_port"],
        None if advertised is None else place_of(ctx, "--dax-advertise", advertised),
        given["dax_memory"] * MIB,
    )


def place_of(ctx: click.Context, name: str, text: str) -> tuple[str, int | None]:
    """The host and port of HOST, HOST:PORT or [IPV6]:PORT. Raises click.UsageError."""
    match = _PLACE(text)
    if match is None or (match[3] and not 0 < int(match[3]) < 65536):
        raise click.UsageError(f"{name} has the form HOST or HOST:PORT", ctx)
    return match[1] or match[2], int(match[3]) if match[3] else None
