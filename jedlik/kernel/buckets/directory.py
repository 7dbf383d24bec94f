"""A directory as a bucket: keys are paths below it.

An object is written under another name and then renamed, so that no one reads a part of it. Links
that lead out of the directory are not followed: those who may write into the directory need not
have all of the server's permissions.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from jedlik.kernel.buckets.bucket import (
    AccessDenied,
    BucketFailure,
    NoSuchBucket,
    ObjectChanged,
    StoredObject,
)
from jedlik.storage.disk import about, in_words

_UNFINISHED: Final = ".unfinished"


class Directory:
    """See `Bucket`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def objects(self, prefix: str) -> list[StoredObject]:
        """See `Bucket.objects`."""
        return await asyncio.to_thread(self._objects, prefix)

    async def read(self, found: StoredObject, start: int, size: int) -> bytes:
        """See `Bucket.read`."""
        return await asyncio.to_thread(self._read, found, start, size)

    async def write(self, key: str, content: bytes) -> None:
        """See `Bucket.write`."""
        await asyncio.to_thread(self._write, key, content)

    def _objects(self, prefix: str) -> list[StoredObject]:
        if not self._path.is_dir():
            raise NoSuchBucket(f"the bucket's directory {self._path} does not exist: make it")
        found = []
        try:
            for path in self._path.rglob("*"):
                key = path.relative_to(self._path).as_posix()
                if key.startswith(prefix) and path.is_file() and path.suffix != _UNFINISHED:
                    found.append(_stored(key, path))
        except OSError as error:
            raise _failure(error) from error
        return sorted(found)

    def _read(self, found: StoredObject, start: int, size: int) -> bytes:
        path = self._place(found.key)
        try:
            if _stored(found.key, path) != found:
                raise ObjectChanged(
                    "The S3 object could not be imported because it was overwritten."
                )
            with path.open("rb") as file:
                file.seek(start)
                return file.read(size)
        except FileNotFoundError:
            raise ObjectChanged("The S3 object could not be imported because it is gone.") from None
        except OSError as error:
            raise _failure(error) from error

    def _write(self, key: str, content: bytes) -> None:
        if not self._path.is_dir():
            raise NoSuchBucket(f"the bucket's directory {self._path} does not exist: make it")
        path = self._place(key)
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.unlink(missing_ok=True)
            with about(path), unfinished.open("xb") as file:  # not through a link
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise _failure(error) from error

    def _place(self, key: str) -> Path:
        """The path of an object, which is below the directory whatever its key is."""
        parts = key.split("/")
        if not key or "\0" in key or any(part in ("", ".", "..") for part in parts):
            raise AccessDenied(f"the key {key!r} does not lie in the bucket's directory")
        place = self._path.joinpath(*parts)
        if not place.resolve().is_relative_to(self._path.resolve()):
            raise AccessDenied(f"the key {key!r} is a link out of the bucket's directory")
        return place


def _stored(key: str, path: Path) -> StoredObject:
    status = path.stat()
    return StoredObject(key, status.st_size, str(status.st_mtime_ns))


def _failure(error: OSError) -> BucketFailure:
    kind = AccessDenied if isinstance(error, PermissionError) else BucketFailure
    return kind(in_words(error))
