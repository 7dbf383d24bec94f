"""Where data is: a data directory, or a shared engine by its URL; and how a command ends whose data
cannot be used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jedlik.cli import exits
from jedlik.storage.directory import check_name, holds_data
from jedlik.storage.engine import Engine
from jedlik.storage.failures import DataDirectoryError, EngineUnusable, StorageFailure
from jedlik.storage.open import StorageSettings, is_read_only, open_storage

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

SCHEMES = ("postgresql://", "postgres://")

_SILENCE: Final = 1.0
"""Seconds for which a command may wait for its engine without saying so."""


def is_url(place: str) -> bool:
    """Whether this is the URL of a shared engine."""
    return place.startswith(SCHEMES)


def without_password(place: str) -> str:
    """A place for messages: a directory as given; a URL without its password and parameters."""
    if not is_url(place):
        return place
    scheme, _, rest = place.partition("://")
    user, at, host = rest.partition("?")[0].rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}"


def must_hold_data(place: str) -> None:
    """Raise DataDirectoryError for a directory without data."""
    if is_url(place) or holds_data(Path(place)):
        return
    check_name(Path(place))
    path = Path(place).absolute()  # a stranger's first mistake is another working directory
    reason = "holds no Jedlik data" if path.exists() else "does not exist"
    raise DataDirectoryError(f"{path} {reason}")


@contextmanager
def reporting_failures(consequence: str) -> Iterator[None]:
    """End the command with one line and the right code if its data cannot be used. Failures of the
    store itself, which say no more than what failed, are reported as "`consequence`: failure"."""
    try:
        yield
    except DataDirectoryError as error:
        raise exits.Failure(str(error), exits.DIRECTORY) from error
    except EngineUnusable as error:
        raise exits.Failure(str(error), exits.ENGINE) from error
    except StorageFailure as error:
        raise exits.Failure(f"{consequence}: {error}", exits.FOUND) from error


@asynccontextmanager
async def opened(
    place: str,
    key: RootKey | None = None,
    *,
    must_be_encrypted: bool = False,
    only_reads: bool = False,
) -> AsyncIterator[Engine]:
    """The engine of a place; `key` is the root key of a directory. A new directory is encrypted
    under the key. Plain data stays plain, since a command that reads data or manages keys should
    not convert it; with `must_be_encrypted`, it is refused. With `only_reads`, a directory may be
    on media that cannot be written to. Raises DataDirectoryError or EngineUnusable."""
    storage = open_storage(
        StorageSettings(engine=place)
        if is_url(place)
        else StorageSettings(
            Path(place),
            root_key=key,
            encrypts_plain=False,
            read_only=only_reads and is_read_only(Path(place)),
        )
    )
    try:
        directory = storage.directory
        if must_be_encrypted and directory is not None and not directory.encrypted:
            raise DataDirectoryError(
                f"{place} holds plain data, which stays plain; leave the root key out, or name a "
                "new directory"
            )
        with silence_explained():
            await storage.start()
        yield storage.engine
    finally:
        await storage.close()


@contextmanager
def silence_explained() -> Iterator[None]:
    """Say after a second that the store does not answer yet: a shared one is tried for longer."""
    waiting = asyncio.get_running_loop().call_later(
        _SILENCE, exits.complain, "the store does not answer yet; trying for some seconds"
    )
    try:
        yield
    finally:
        waiting.cancel()
