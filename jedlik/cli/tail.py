"""`jedlik tail`."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Final

import click

from jedlik.cli.admin_listener import AdminListener, admin_option, admin_token_option
from jedlik.cli.start_up import has_colour
from jedlik.request_log.entries import Entry

_WAIT: Final = 20
_PAUSE: Final = 0.1
"""Between two polls while there are requests, so that a busy server is not asked for each one."""


@click.command()
@admin_option
@admin_token_option
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each request.")
@click.option("--once", is_flag=True, help="Exit after the first requests that arrive.")
def tail(admin: str, admin_token: str | None, as_json: bool, once: bool) -> None:
    """Follow the requests of a running server.

    Prints one line for each: operation, table and index, units, items, duration, error. If the
    server was started with --explain, hints are shown too. Stop it with Ctrl+C.
    """
    listener = AdminListener(admin, admin_token)
    coloured = has_colour(sys.stdout, os.environ)
    if sys.stderr.isatty():
        # Without this line, the command would seem to hang until the first request.
        click.echo(f"Following the requests of {admin}; Ctrl+C ends it.", err=True)
    after: int | None = None
    while True:
        known = "" if after is None else f"&after={after}"
        answer = listener.ask("GET", f"/requests?wait={_WAIT}{known}", seconds=_WAIT + 10)
        for members in answer["requests"]:
            line = json.dumps(members) if as_json else Entry.of(members).line(coloured=coloured)
            click.echo(line, color=coloured)
        if answer["requests"] and once:
            return
        after = answer["last"]
        time.sleep(_PAUSE)
