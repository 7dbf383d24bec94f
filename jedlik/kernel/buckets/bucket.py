"""The interface of buckets, and their failures."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class BucketFailure(Exception):
    """A failure of a bucket; the text says why, and what to do. `code` is the FailureCode of
    exports and imports.
    """

    code = "S3ServiceError"


class NoSuchBucket(BucketFailure):
    """No bucket has that name."""

    code = "S3NoSuchBucket"


class AccessDenied(BucketFailure):
    """The server has no permission to read or write in the bucket."""

    code = "S3AccessDenied"


class ObjectChanged(BucketFailure):
    """An object was deleted or replaced."""

    code = "ObjectModifiedInS3DuringImport"


class StoredObject(NamedTuple):
    """An object in a bucket: its key, its size in bytes, and a version that changes with it."""

    key: str
    size: int
    version: str


class Bucket(Protocol):
    """Objects by their keys. All methods raise BucketFailure."""

    async def objects(self, prefix: str) -> list[StoredObject]:
        """All objects whose keys begin with `prefix`, in the order of their keys."""
        ...

    async def read(self, found: StoredObject, start: int, size: int) -> bytes:
        """Up to `size` bytes of an object from the offset `start` on; raises ObjectChanged if it
        was changed since it was listed."""
        ...

    async def write(self, key: str, content: bytes) -> None:
        """Put an object; it appears completely or not at all."""
        ...


def output_folder(prefix: str | None) -> str:
    """The folder, with a slash at its end, below a prefix, in which each operation makes its own
    folder (developer guide, "DynamoDB table export output format")."""
    above = (prefix or "").strip("/")
    return f"{above}/AWSDynamoDB/" if above else "AWSDynamoDB/"
