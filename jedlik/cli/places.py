"""Where data are: a data directory, or a shared engine by its URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jedlik.storage.directory import holds_data
from jedlik.storage.engine import Engine
from jedlik.storage.failures import DataDirectoryError
from jedlik.storage.open import StorageSettings, open_storage

SCHEMES = ("postgresql://", "postgres://")


def is_url(place: str) -> bool:
    """Whether this names a shared engine."""
    return place.startswith(SCHEMES)


def must_hold_data(place: str) -> None:
    """Raise DataDirectoryError for a directory without data."""
    if not is_url(place) and not holds_data(Path(place)):
        raise DataDirectoryError(f"{place} holds no data of Jedlik's")


@asynccontextmanager
async def opened(place: str) -> AsyncIterator[Engine]:
    """The engine of a place. Raises DataDirectoryError or EngineUnusable."""
    url = is_url(place)
    storage = open_storage(StorageSettings(engine=place) if url else StorageSettings(Path(place)))
    try:
        await storage.start()
        yield storage.engine
    finally:
        await storage.close()


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error, if that is a terminal; called with a word, keys done and in all."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("Reading keys", total=None)
        yield lambda doing, done, expected: bar.update(
            task, description=doing, completed=done, total=expected
        )
