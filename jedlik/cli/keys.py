"""`jedlik keys`."""

from __future__ import annotations

import click

from jedlik.cli import exits
from jedlik.cli.administrator_keys import list_keys, new, revoke


@click.group(epilog=exits.EPILOG)
def keys() -> None:
    """Access keys of administrators, in a data directory whose server is stopped.

    From the first one on, the server takes signed requests only, and policies decide what they may.
    """


for command in (new, list_keys, revoke):
    keys.add_command(command)
