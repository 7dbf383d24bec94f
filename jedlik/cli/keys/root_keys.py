"""`jedlik keys new-root` and `rewrap`: root keys."""

from __future__ import annotations

import asyncio
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jedlik.cli import exits
from jedlik.cli.options.root_key import lies_within, read_root_key
from jedlik.cli.places import is_url, opened, reporting_failures, without_password
from jedlik.cli.terminal import show
from jedlik.storage.directory.data_directory import DataDirectory, holds_data
from jedlik.storage.failures import DataDirectoryError, EngineUnusable

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(name="new-root")
@click.argument("file", metavar="FILE", type=_FILE)
def new_root(file: Path) -> None:
    """Create a root key, in a new file.

    Only you can read the file.
    Keep a copy in a safe place: without the root key no one can read the data again.
    """
    material = importlib.import_module("jedlik.crypto.root_key").new_material()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"{material.hex()}\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise exits.Failure(
            f"{file} exists, and may be the only copy of a key in use; name a new file",
            exits.USAGE,
        ) from error
    except OSError as error:
        raise exits.Failure(f"{file} cannot be written: {error.strerror}", exits.USAGE) from error
    show(f"Root key {read_root_key(file).id.hex()} in {file}; keep a copy in a safe place.")


@click.command()
@click.argument("place", metavar="PLACE")
@click.argument("old", metavar="OLD-FILE", type=_FILE)
@click.argument("new", metavar="NEW-FILE", type=_FILE)
def rewrap(place: str, old: Path, new: Path) -> None:
    """Change the root key of encrypted data.

    PLACE is a data directory or a shared engine. OLD-FILE contains its present root key and
    NEW-FILE the one to use from now on. The data is not rewritten: only the keys that the root key
    protects are wrapped again. Earlier backups still need the old root key. All servers must be
    stopped.
    """
    old_key, new_key = read_root_key(old), read_root_key(new)
    with reporting_failures("the store cannot be used"):
        if is_url(place):
            asyncio.run(_rewrap_shared(place, old_key, new_key))
        else:
            _rewrap_directory(Path(place), old_key, new_key)
    show(f"{without_password(place)} is protected by root key {new_key.id.hex()} now.")
    if not is_url(place) and lies_within(new, Path(place)):
        click.echo("Warning: that key is kept beside the data that it protects.", err=True)


async def _rewrap_shared(url: str, old: RootKey, new: RootKey) -> None:
    root_sealing = importlib.import_module("jedlik.services.dynamodb.encryption.root_sealing")
    async with opened(url) as engine:
        try:
            await root_sealing.rewrap_rings(engine, old, new)
        except root_sealing.NotSealed as error:
            raise EngineUnusable(
                "its values are not sealed; `jedlik serve --engine URL --root-key-file` does that"
            ) from error


def _rewrap_directory(path: Path, old: RootKey, new: RootKey) -> None:
    if not holds_data(path):
        raise DataDirectoryError(f"{path} holds no Jedlik data")
    directory = DataDirectory.open(path)
    try:
        if not directory.encrypted:
            raise DataDirectoryError(
                f"{path} is not encrypted; `jedlik serve --root-key-file` encrypts it"
            )
        importlib.import_module("jedlik.storage.key_file").rewrap(directory.path, old, new)
    finally:
        directory.close()
