"""`jedlik keys new`, `list` and `revoke`: the access keys of a data directory or a shared engine.

The server of a directory must be stopped, since these commands open its store; nodes on a shared
engine may run. On a running server, the IAM API does the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from jedlik.app.settings import DEFAULT_DIRECTORY, DEFAULT_REGION
from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.cli import exits
from jedlik.cli.options.engine import place_of, place_options
from jedlik.cli.options.root_key import opening_root_key_options, root_key
from jedlik.cli.places import is_url, must_hold_data, opened, reporting_failures, without_password
from jedlik.cli.terminal import counted, show
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.settings import DatabaseSettings
from jedlik.services.dynamodb.encryption.root_sealing import check_root_key
from jedlik.services.iam.administrators import KeyNotFound, make_administrator, revoke_key
from jedlik.services.iam.model import AccessKey

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

ResultT = TypeVar("ResultT")

_CLOSED: Final = {
    False: "A server on {place} takes signed requests only from now on.",
    True: "Nodes that start on {place} take signed requests only from now on; restart those that "
    "were started without credentials: they stay open until then.",
}
"""By whether the place is a shared engine, whose nodes may be running."""
_LOCKED: Final = (
    "Every request is refused until `jedlik keys new` creates one, except those signed with the "
    "server's own --access-key."
)


@click.command()
@place_options
@click.option(
    "--user", metavar="NAME", default="administrator", show_default=True, help="Name of the user."
)
@opening_root_key_options
@click.pass_context
def new(ctx: click.Context, /, user: str, **options: Any) -> None:
    """Create an administrator's access key.

    PLACE is a data directory (created if it does not exist) or a shared engine.

    Prints the variables for clients, with the default region. The secret is shown now and never
    again.
    """
    place, key = _place(ctx, options)
    access_key, secret = _with_database(
        place, key, lambda database: make_administrator(database, user), create=True
    )
    click.echo(
        f"export AWS_ACCESS_KEY_ID={access_key.id} AWS_SECRET_ACCESS_KEY={secret} "
        f"AWS_REGION={DEFAULT_REGION} AWS_DEFAULT_REGION={DEFAULT_REGION}"
    )
    closed = _CLOSED[is_url(place)].format(place=without_password(place))
    show(
        f"Key of user {user}, who may do everything. Keep the secret: it is not shown again. "
        f"{closed}",
        err=True,
    )


@click.command(name="list")
@place_options
@opening_root_key_options
@click.pass_context
def list_keys(ctx: click.Context, /, **options: Any) -> None:
    """List the access keys of a data directory or engine.

    PLACE defaults to ./jedlik-data.
    """
    place = place_of(ctx, options, DEFAULT_DIRECTORY)
    keys = _with_database(place, root_key(options), _all_keys)
    if not keys:
        show(f"{without_password(place)} has no access keys", err=True)
    for each in keys:
        made = datetime.fromtimestamp(each.created, UTC).strftime("%Y-%m-%d")
        click.echo(f"{each.id}  {each.status:<8}  {made}  {each.user}")


@click.command()
@place_options
@click.argument("access_key", metavar="ACCESS-KEY-ID")
@opening_root_key_options
@click.pass_context
def revoke(ctx: click.Context, /, access_key: str, **options: Any) -> None:
    """Delete an access key.

    The server keeps refusing unsigned requests even if no key is left.
    """
    place, key = _place(ctx, options)
    try:
        left = _with_database(place, key, lambda database: revoke_key(database, access_key))
    except KeyNotFound as error:
        raise exits.Failure(
            f"{without_password(place)} has no access key {access_key}", exits.FOUND
        ) from error
    locked = "" if left else f" {_LOCKED}"
    click.echo(f"{access_key} is revoked; {counted(left, 'key')} left.{locked}")


async def _all_keys(database: Database) -> list[AccessKey]:
    identities = await database.identities.refresh()
    return sorted(identities.access_keys.values(), key=lambda key: (key.user, key.created))


def _place(ctx: click.Context, options: dict[str, Any]) -> tuple[str, RootKey | None]:
    """The place of the store, and its root key."""
    return place_of(ctx, options), root_key(options)


def _with_database(
    place: str,
    key: RootKey | None,
    use: Callable[[Database], Coroutine[Any, Any, ResultT]],
    *,
    create: bool = False,
) -> ResultT:
    async def run() -> ResultT:
        async with opened(place, key) as engine:
            settings = DatabaseSettings(root_key=key)
            database = Database(engine, SystemClock(), RandomIds(), settings=settings)
            check_root_key(await database.rings(), key)
            return await use(database)

    with reporting_failures("the store cannot be used"):
        if not create:
            must_hold_data(place)
        return asyncio.run(run())
