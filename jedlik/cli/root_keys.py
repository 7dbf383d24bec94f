"""`jedlik keys new-root` and `rewrap`: root keys."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jedlik.cli import exits
from jedlik.cli.root_key_options import lies_within, read_root_key
from jedlik.storage.directory import DataDirectory, holds_data
from jedlik.storage.failures import DataDirectoryError

if TYPE_CHECKING:
    from jedlik.kms.root_key import RootKey

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(name="new-root", epilog=exits.EPILOG)
@click.argument("file", metavar="FILE", type=_FILE)
def new_root(file: Path) -> None:
    """Make a root key and write it to a new file that only you can read.

    Keep a copy in a safe place: without the root key nobody can read the data again.
    """
    material = importlib.import_module("jedlik.kms.root_key").new_material()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"{material.hex()}\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise exits.Failure(
            f"{file} exists; a key that is in use would be lost", exits.USAGE
        ) from error
    except OSError as error:
        raise exits.Failure(f"{file} cannot be written: {error.strerror}", exits.USAGE) from error
    click.echo(f"Root key {read_root_key(file).id.hex()} in {file}; keep a copy in a safe place.")


@click.command(epilog=exits.EPILOG)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("old", metavar="OLD-FILE", type=_FILE)
@click.argument("new", metavar="NEW-FILE", type=_FILE)
def rewrap(directory: Path, old: Path, new: Path) -> None:
    """Protect an encrypted data directory by another root key.

    The data stay as they are: only the database key, which the root key protects, is wrapped again.
    A backup made before still takes the old root key. The server must be stopped.
    """
    old_key, new_key = read_root_key(old), read_root_key(new)
    try:
        _rewrap(directory, old_key, new_key)
    except DataDirectoryError as error:
        raise exits.Failure(str(error), exits.DIRECTORY) from error
    click.echo(f"{directory} is protected by root key {new_key.id.hex()} now.")
    if lies_within(new, directory):
        click.echo("Warning: that key is kept beside the data that it protects.", err=True)


def _rewrap(path: Path, old: RootKey, new: RootKey) -> None:
    if not holds_data(path):
        raise DataDirectoryError(f"{path} holds no data of Jedlik's")
    directory = DataDirectory.open(path)
    try:
        if not directory.encrypted:
            raise DataDirectoryError(
                f"{path} is not encrypted; `jedlik serve --root-key-file` encrypts it"
            )
        importlib.import_module("jedlik.storage.key_file").rewrap(directory.path, old, new)
    finally:
        directory.close()
