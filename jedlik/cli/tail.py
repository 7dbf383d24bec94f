"""`jedlik tail`."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from typing import Any, Final
from urllib.parse import urlsplit

import click

from jedlik.cli import exits
from jedlik.cli.options.option import option
from jedlik.cli.start_up import has_colour
from jedlik.request_log.entries import Entry

_DEFAULT: Final = "http://127.0.0.1:8001"
_WAIT: Final = 20
_PAUSE: Final = 0.1
"""Between two calls while requests come: a busy server is not asked for each of them."""


@click.command(epilog=exits.EPILOG)
@click.option(
    "--admin",
    metavar="URL",
    default=_DEFAULT,
    show_default=True,
    help="The server's admin listener (its option --admin-port).",
)
@option("--admin-token", metavar="TOKEN", help="The server's admin token, if it has one.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each request.")
@click.option("--once", is_flag=True, help="End after the first requests that come.")
@click.pass_context
def tail(
    ctx: click.Context, /, admin: str, admin_token: str | None, as_json: bool, once: bool
) -> None:
    """Follow the requests of a running server.

    One line for each: operation, table and index, units, items, duration, error. Hints show where
    the server was started with --explain. Ctrl+C ends it.
    """
    parts = urlsplit(admin)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError(f"--admin is a URL such as {_DEFAULT}", ctx)
    coloured = has_colour(sys.stdout, os.environ)
    after: int | None = None
    while True:
        answer = _ask(admin, admin_token, after)
        for members in answer["requests"]:
            line = json.dumps(members) if as_json else Entry.of(members).line(coloured=coloured)
            click.echo(line, color=coloured)
        if answer["requests"] and once:
            return
        after = answer["last"]
        time.sleep(_PAUSE)


def _ask(admin: str, token: str | None, after: int | None) -> dict[str, Any]:
    """Raises Failure."""
    parts = urlsplit(admin)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_WAIT + 10)
    known = "" if after is None else f"&after={after}"
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        connection.request("GET", f"/requests?wait={_WAIT}{known}", headers=headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise exits.Failure(
            f"{admin} does not answer as an admin listener does: {error}", 1
        ) from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise exits.Failure(f"{admin}: {told.get('message') or told.get('Message')}", exits.FOUND)
    found: dict[str, Any] = told
    return found
