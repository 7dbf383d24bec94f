"""`jedlik backup` and `jedlik restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jedlik.app.settings import DEFAULT_DIRECTORY
from jedlik.cli import exits
from jedlik.cli.options.option import option
from jedlik.cli.options.root_key import opening_root_key_options, root_key
from jedlik.cli.places import must_hold_data
from jedlik.cli.terminal import show
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.hot_copy import hot_copy

_data = option(
    "--data",
    type=click.Path(readable=False, path_type=Path),  # why not is the directory's to say
    metavar="DIR",
    help=f"Directory in which the data is kept.  [default: ./{DEFAULT_DIRECTORY}]",
)


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@_data
@opening_root_key_options
def backup(directory: Path, data: Path | None, **options: Any) -> None:
    """Copy the data of a running server.

    The data is copied to the new directory DIR as of one moment, while the server keeps running; it
    must run on this machine. DIR is then a data directory itself: `jedlik verify DIR` checks it,
    `jedlik serve --data DIR` serves it. Encrypted data needs its root key and stays encrypted under
    it.

    For a shared engine, use its database's own tools or `jedlik copy`.
    """
    size = _copied(data or DEFAULT_DIRECTORY, directory, options)
    show(f"Copied the data to {directory}; {size:,} bytes.")


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@_data
@opening_root_key_options
def restore(directory: Path, data: Path | None, **options: Any) -> None:
    """Create the data directory from a copy.

    The copy DIR is not changed. The data directory must not exist yet: move an existing one out of
    the way first.
    """
    target = data or DEFAULT_DIRECTORY
    size = _copied(directory, target, options)
    show(f"Restored {target} from {directory}; {size:,} bytes.")


def _copied(source: Path, target: Path, options: dict[str, Any]) -> int:
    target.exists()  # a name that no file can have is a mistake in the command, whatever the source
    try:
        must_hold_data(str(source))
        return hot_copy(source, target, root_key(options))
    except DataDirectoryError as error:
        raise exits.Failure(str(error), exits.DIRECTORY) from error
