"""`jedlik copy`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from jedlik.cli import exits
from jedlik.cli.options.root_key import opening_root_key_options, root_key
from jedlik.cli.places import must_hold_data, opened, reporting_failures
from jedlik.cli.progress import progress_bar
from jedlik.kernel.copying import Copied, Differs, NotEmpty
from jedlik.kernel.copying import copy as copy_all
from jedlik.services.dynamodb.tables.figures import count

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@opening_root_key_options
def copy(source: str, target: str, **options: Any) -> None:
    """Copy a whole database between engines.

    FROM and TO are data directories or URLs of shared engines. A root key opens an encrypted FROM
    and encrypts a new directory TO; values that are encrypted on a shared engine are copied
    unchanged.

    TO must be empty. If a copy is interrupted, run the command again and it resumes; until the copy
    is complete and has been compared with the source, no server starts on it.

    All servers on both sides must be stopped.
    """
    incomplete = "the copy is not complete"
    try:
        with reporting_failures(incomplete):
            must_hold_data(source)
            key = root_key(options)
            with progress_bar("Copying keys") as progress:
                copied = asyncio.run(_copy(source, target, key, progress))
    except NotEmpty as error:
        raise exits.Failure(str(error), exits.USAGE) from error
    except Differs as error:
        raise exits.Failure(f"{incomplete}: {error}", exits.FOUND) from error
    kept = f", {copied.kept:,} of them before" if copied.kept else ""
    click.echo(f"Copied and compared {copied.keys:,} keys{kept}; {copied.size:,} bytes of values.")


async def _copy(
    source: str, target: str, key: RootKey | None, progress: Callable[[int, int], None]
) -> Copied:
    async with (
        opened(source, key) as from_engine,
        opened(target, key, must_be_encrypted=key is not None) as to_engine,
    ):
        return await copy_all(from_engine, to_engine, progress, count)
