"""`jedlik keys new`, `list` and `revoke`: the access keys of a data directory.

The server must be stopped: these commands open its store. While it runs, the IAM API does the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.cli import exits
from jedlik.database.administrators import KeyNotFound, make_administrator, revoke_key
from jedlik.database.database import Database
from jedlik.model.identity import AccessKey
from jedlik.storage.directory import holds_data
from jedlik.storage.failures import DataDirectoryError, StorageFailure
from jedlik.storage.open import StorageSettings, open_storage

_DIRECTORY = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))


@click.command(epilog=exits.EPILOG)
@_DIRECTORY
@click.option("--user", default="administrator", show_default=True, help="The user to be.")
def new(directory: Path, user: str) -> None:
    """Make an administrator's access key in a data directory (made if need be).

    The secret is shown now and never again.
    """
    access_key, secret = _with_database(
        directory, lambda database: make_administrator(database, user), create=True
    )
    click.echo(f"export AWS_ACCESS_KEY_ID={access_key.id} AWS_SECRET_ACCESS_KEY={secret}")
    click.echo(
        f"Key of user {user}, who may do everything. Keep the secret: it is not shown again. "
        f"A server on {directory} takes signed requests only from now on.",
        err=True,
    )


@click.command(name="list", epilog=exits.EPILOG)
@_DIRECTORY
def list_keys(directory: Path) -> None:
    """List the access keys of a data directory."""
    for key in _with_database(directory, _all_keys):
        made = datetime.fromtimestamp(key.created, UTC).strftime("%Y-%m-%d")
        click.echo(f"{key.id}  {key.status:<8}  {made}  {key.user}")


@click.command(epilog=exits.EPILOG)
@_DIRECTORY
@click.argument("access_key", metavar="ACCESS-KEY-ID")
def revoke(directory: Path, access_key: str) -> None:
    """Delete an access key. Requests stay closed to everybody else, even without any key left."""
    try:
        left = _with_database(directory, lambda database: revoke_key(database, access_key))
    except KeyNotFound as error:
        raise exits.Failure(f"{directory} has no access key {access_key}", exits.FOUND) from error
    click.echo(f"{access_key} is revoked; {left} keys are left.")


async def _all_keys(database: Database) -> list[AccessKey]:
    identities = await database.identities.refresh()
    return sorted(identities.access_keys.values(), key=lambda key: (key.user, key.created))


def _with_database(directory: Path, use: Callable[[Database], Any], *, create: bool = False) -> Any:
    async def run() -> Any:
        storage = open_storage(StorageSettings(directory))
        try:
            return await use(Database(storage.engine, SystemClock(), RandomIds()))
        finally:
            await storage.close()

    try:
        if not create and not holds_data(directory):
            raise DataDirectoryError(f"{directory} holds no data of Jedlik's")
        return asyncio.run(run())
    except DataDirectoryError as error:
        raise exits.Failure(str(error), exits.DIRECTORY) from error
    except StorageFailure as error:
        raise exits.Failure(f"the store cannot be used: {error}", exits.FOUND) from error
