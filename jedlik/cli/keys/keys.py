"""`jedlik keys`."""

from __future__ import annotations

import click

from jedlik.cli.keys.administrator_keys import list_keys, new, revoke
from jedlik.cli.keys.root_keys import new_root, rewrap


@click.group()
def keys() -> None:
    """Manage administrators' access keys and root keys.

    The server of a data directory must be stopped; nodes on a shared engine may run. Once there is
    an administrator, servers accept only signed requests, and policies decide what is allowed. The
    data in a directory is encrypted under its root key.
    """


for command in (new, list_keys, revoke, new_root, rewrap):
    keys.add_command(command)
