"""The failures of engines. The service answers all of them as InternalServerError."""

from __future__ import annotations


class StorageFailure(Exception):
    """The store failed; the call had no effect."""


class StorageFull(StorageFailure):
    """There is no room on the disk or in the map."""


class StorageUnavailable(StorageFailure):
    """The disk or the server behind the engine does not answer, or the engine is closed."""


class OutcomeUnknown(StorageFailure):
    """The commit may or may not have taken place; it was not acknowledged."""


def failure_of(error: Exception) -> StorageFailure:
    """What the callers of a commit get for an error that ended it."""
    if isinstance(error, StorageFailure):
        return error
    failure = StorageUnavailable(f"the commit failed: {error!r}")
    failure.__cause__ = error
    return failure


class DataDirectoryError(Exception):
    """A data directory that cannot be used; the text says why and what to do about it."""


class EngineUnusable(Exception):
    """A shared engine that cannot be used; the text says why."""


class SnapshotLost(Exception):
    """A snapshot cannot be read any more: the engine had to end it."""
