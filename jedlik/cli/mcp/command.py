"""`jedlik mcp`."""

from __future__ import annotations

import importlib
from typing import Any

import click

from jedlik.base.extras import install
from jedlik.cli import exits
from jedlik.cli.admin_listener import AdminListener, admin_token_option
from jedlik.cli.options.remote import remote_of, remote_options


@click.command()
@remote_options
@click.option(
    "--allow-writes",
    is_flag=True,
    help="Also offer tools that change items and tables. Without this option, no tool changes "
    "anything.",
)
@click.option(
    "--admin",
    metavar="URL",
    help="The server's admin listener (its option --admin-port): adds the tool for advice, and "
    "with --allow-writes snapshots of a server with --testing.",
)
@admin_token_option
@click.pass_context
def mcp(
    ctx: click.Context,
    /,
    allow_writes: bool,
    admin: str | None,
    admin_token: str | None,
    **given: Any,
) -> None:
    """Offer a running server to agents as tools.

    Speaks the Model Context Protocol over stdio, with tools that read tables and items, explain
    what reads cost and check models. Requests are signed with AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN from the environment, and the server's policies for
    that caller apply. Needs `pip install 'jedlik[mcp]'`.
    """
    remote = remote_of(ctx, given)
    try:
        server = importlib.import_module("jedlik.cli.mcp.server")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise exits.Failure(
            f"jedlik mcp needs the protocol's SDK: {install('mcp')}", exits.USAGE
        ) from error
    listener = None if admin is None else AdminListener(admin, admin_token)
    server.made(remote, listener, allow_writes=allow_writes).run("stdio")
