"""What a bucket can do, whatever is behind it, and how it fails."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class BucketFailure(Exception):
    """A bucket that cannot do what was asked; the text says why and what to do.

    `code` is the FailureCode that exports and imports end with.
    """

    code = "S3ServiceError"


class NoSuchBucket(BucketFailure):
    """There is no bucket of that name."""

    code = "S3NoSuchBucket"


class AccessDenied(BucketFailure):
    """The server may not read or write there."""

    code = "S3AccessDenied"


class ObjectChanged(BucketFailure):
    """An object is gone, or is another one than it was."""

    code = "ObjectModifiedInS3DuringImport"


class StoredObject(NamedTuple):
    """An object in a bucket: its key, its size in bytes, and what changes when it changes."""

    key: str
    size: int
    version: str


class Bucket(Protocol):
    """Objects by their keys. All methods raise BucketFailure."""

    async def objects(self, prefix: str) -> list[StoredObject]:
        """All objects whose keys begin with `prefix`, in the order of their keys."""
        ...

    async def read(self, found: StoredObject, start: int, size: int) -> bytes:
        """Up to `size` bytes of an object from the offset `start` on; ObjectChanged if it is not
        what it was when it was found."""
        ...

    async def write(self, key: str, content: bytes) -> None:
        """Put a whole object; it is there as a whole or not at all."""
        ...


def output_folder(prefix: str | None) -> str:
    """The folder, with a slash at its end, in which each operation that writes below a prefix has
    one of its own (developer guide, "DynamoDB table export output format")."""
    above = (prefix or "").strip("/")
    return f"{above}/AWSDynamoDB/" if above else "AWSDynamoDB/"
