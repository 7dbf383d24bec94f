"""The options of the admin listener, and their valid combinations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import click

from jedlik.app import settings as defaults
from jedlik.cli.options.numbers import WholeNumber
from jedlik.cli.options.option import option, options

admin_options = options(
    option(
        "--admin-port",
        type=WholeNumber(0, 65535),
        metavar="PORT",
        help="Port of the admin listener: GET /metrics for scrapers, which asks for no "
        "credentials, and calls for test suites; 0 picks a free one.  [default: none]",
    ),
    option(
        "--admin-host",
        metavar="ADDRESS",
        default=defaults.DEFAULT_HOST,
        show_default=True,
        help="Address of the admin listener.",
    ),
    option(
        "--admin-token",
        metavar="TOKEN",
        help="Token that all calls to the admin listener except GET /metrics must carry "
        "(Authorization: Bearer TOKEN); a server with credentials refuses them without one. Better "
        "set in the environment, where it does not show in the list of processes.",
    ),
    option(
        "--admin-port-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="File to which the admin port is written once the server answers; it is removed at "
        "start and at exit.",
    ),
    option(
        "--testing",
        is_flag=True,
        help="For test suites: lets calls to the admin listener roll the server back, seed it, "
        "move its clock forward and read the requests it received. See `jedlik manual testing`.",
    ),
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*").fullmatch
"""RFC 6750, 2.1, `b64token`."""


def check_admin(ctx: click.Context, options: dict[str, Any]) -> None:
    """Check the combination of options; removes the one that is not a setting. Raises
    click.UsageError."""
    token, file = options["admin_token"], options.pop("admin_port_file")
    if options["admin_port"] is None:
        needing = {"testing": options["testing"], "admin_token": token, "admin_port_file": file}
        for name, given in needing.items():
            if given:
                raise click.UsageError(f"--{name.replace('_', '-')} needs --admin-port", ctx)
    if token is not None and not _TOKEN(token):
        raise click.UsageError(
            "--admin-token takes letters, digits and -._~+/, as headers can carry them", ctx
        )
