"""`jedlik keys`."""

from __future__ import annotations

import click

from jedlik.cli import exits
from jedlik.cli.keys.administrator_keys import list_keys, new, revoke
from jedlik.cli.keys.root_keys import new_root, rewrap


@click.group(epilog=exits.EPILOG)
def keys() -> None:
    """Keys of administrators, and root keys.

    A data directory's server must be stopped; nodes on a shared engine may run. From the first
    administrator on, servers take signed requests only, and policies decide what they may. Data in
    a directory are encrypted under its root key.
    """


for command in (new, list_keys, revoke, new_root, rewrap):
    keys.add_command(command)
