"""A directory as a bucket: keys are paths below it.

An object is written under another name and then renamed, so that no one reads a part of it. Links
that lead out of the directory are not followed: those who may write into the directory need not
have all of the server's permissions.

Callers who export to a bucket know its name and keys, but need not know where the server keeps its
files. So failures name the objects, and the log the files.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
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

_log = logging.getLogger(__name__)

_UNFINISHED: Final = ".unfinished"


class Directory:
    """See `Bucket`."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
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
        self._must_exist()
        found = []
        try:
            for path in self._path.rglob("*"):
                key = path.relative_to(self._path).as_posix()
                if key.startswith(prefix) and path.is_file() and path.suffix != _UNFINISHED:
                    found.append(_stored(key, path))
        except OSError as error:
            raise self._failure(error, prefix) from error
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
            raise self._failure(error, found.key) from error

    def _write(self, key: str, content: bytes) -> None:
        self._must_exist()
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
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise self._failure(error, key) from error

    def _must_exist(self) -> None:
        if not self._path.is_dir():
            _log.warning(
                "bucket %s: the directory %s does not exist: make it", self._name, self._path
            )
            raise NoSuchBucket("The specified bucket does not exist")

    def _place(self, key: str) -> Path:
        """The path of an object, which is below the directory whatever its key is."""
        parts = key.split("/")
        if not key or "\0" in key or any(part in ("", ".", "..") for part in parts):
            raise AccessDenied(f"the key {key!r} is not one that the bucket {self._name} can have")
        place = self._path.joinpath(*parts)
        if not place.resolve().is_relative_to(self._path.resolve()):
            raise AccessDenied(f"the key {key!r} leads out of the bucket {self._name}")
        return place

    def _failure(self, error: OSError, key: str) -> BucketFailure:
        """The failure for an error of the file of that key, or below that prefix."""
        _log.warning("bucket %s: %s", self._name, in_words(error))
        kind = AccessDenied if isinstance(error, PermissionError) else BucketFailure
        return kind(in_words(OSError(error.errno, error.strerror, f"s3://{self._name}/{key}")))


def _stored(key: str, path: Path) -> StoredObject:
    status = path.stat()
    return StoredObject(key, status.st_size, str(status.st_mtime_ns))
