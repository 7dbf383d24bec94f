"""`jedlik backup` and `jedlik restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jedlik.app.settings import DEFAULT_DIRECTORY
from jedlik.cli import exits
from jedlik.cli.options.option import option
from jedlik.cli.options.root_key import opening_root_key_options, root_key
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.hot_copy import hot_copy

_data = option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=f"Directory that the data are kept in.  [default: ./{DEFAULT_DIRECTORY}]",
)


@click.command(epilog=exits.EPILOG)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@_data
@opening_root_key_options
def backup(directory: Path, data: Path | None, **options: Any) -> None:
    """Copy the data of a running server.

    They come to the new directory DIR, as they are at one moment; the server goes on, and has to
    run on this machine. DIR is then a data directory itself: `jedlik verify DIR` checks it, `jedlik
    serve --data DIR` serves it. Encrypted data need their root key and stay encrypted under it.

    A shared engine has its database's own means for this, or `jedlik copy`.
    """
    size = _copied(data or DEFAULT_DIRECTORY, directory, options)
    click.echo(f"Copied the data to {directory}; {size:,} bytes.")


@click.command(epilog=exits.EPILOG)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@_data
@opening_root_key_options
def restore(directory: Path, data: Path | None, **options: Any) -> None:
    """Put a copy in the place of the data.

    The copy DIR stays as it is. There must be no data where they are to be: move what is there out
    of the way first.
    """
    target = data or DEFAULT_DIRECTORY
    size = _copied(directory, target, options)
    click.echo(f"Restored {target} from {directory}; {size:,} bytes.")


def _copied(source: Path, target: Path, options: dict[str, Any]) -> int:
    try:
        return hot_copy(source, target, root_key(options))
    except DataDirectoryError as error:
        raise exits.Failure(str(error), exits.DIRECTORY) from error
