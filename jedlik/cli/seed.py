"""`jedlik seed`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from jedlik.base.errors import ServiceError
from jedlik.cli import exits
from jedlik.cli.options.remote import remote_of, remote_options
from jedlik.cli.terminal import counted, show
from jedlik.seeding.planting import Planted, plant
from jedlik.seeding.reading import read_seeds
from jedlik.seeding.seed import SeedError, SeedRefused


@click.command()
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@remote_options
@click.pass_context
def seed(ctx: click.Context, /, files: tuple[Path, ...], **given: Any) -> None:
    """Put tables and items from files into a running server.

    For the kinds of files, see `jedlik manual testing`. Tables that already exist are left as they
    are, with their items. Requests are signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
    AWS_SESSION_TOKEN from the environment.
    """
    try:
        found = read_seeds(files)
        for note in found.notes:
            show(f"seed: {note}", err=True)
        remote = remote_of(ctx, given)

        async def planted() -> Planted:
            async with remote:
                return await plant(found, remote.send)

        tables, items, kept = asyncio.run(planted())
    except SeedRefused as error:
        raise exits.Failure(str(error), exits.FOUND) from error
    except SeedError as error:
        raise exits.Failure(str(error), exits.USAGE) from error
    except ServiceError as error:
        raise exits.Failure(error.message, exits.FOUND) from error
    left = ""
    if kept:
        stay = "was there already, and stays" if kept == 1 else "were there already, and stay"
        left = f"; {counted(kept, 'table')} {stay} as before"
    click.echo(f"Created {counted(tables, 'table')} and put {counted(items, 'item')}{left}.")
