"""`jedlik keys`."""

from __future__ import annotations

import click

from jedlik.cli import exits
from jedlik.cli.administrator_keys import list_keys, new, revoke
from jedlik.cli.root_keys import new_root, rewrap


@click.group(epilog=exits.EPILOG)
def keys() -> None:
    """Access keys of administrators, and the root key under which data are encrypted.

    All of them need a data directory whose server is stopped. From the first administrator on, the
    server takes signed requests only, and policies decide what they may.
    """


for command in (new, list_keys, revoke, new_root, rewrap):
    keys.add_command(command)
