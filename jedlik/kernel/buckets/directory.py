"""A directory as a bucket: keys are paths below it.

An object is written under another name and then renamed, so that no one reads a part of it. Links
that lead out of the directory are not followed: those who may write into the directory need not
have all of the server's permissions.

Each bucket has threads of its own: a file system that does not answer delays its own exports and
imports, but nothing else.

Callers who export to a bucket know its name and keys, but need not know where the server keeps its
files. So failures name the objects, and the log the files.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, TypeVar

from jedlik.kernel.buckets.bucket import (
    AccessDenied,
    BucketFailure,
    NoSuchBucket,
    ObjectChanged,
    StoredObject,
)
from jedlik.storage.below import folder_below
from jedlik.storage.disk import in_words

ResultT = TypeVar("ResultT")

_log = logging.getLogger(__name__)

_THREADS: Final = 4
_UNFINISHED: Final = ".unfinished"
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Not blocking: a pipe in place of a file would never be opened."""
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Directory:
    """See `Bucket`."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path
        self._threads = ThreadPoolExecutor(_THREADS, f"bucket-{name}")

    async def objects(self, prefix: str) -> list[StoredObject]:
        """See `Bucket.objects`."""
        return await self._in_thread(lambda: self._objects(prefix))

    async def read(self, found: StoredObject, start: int, size: int) -> bytes:
        """See `Bucket.read`."""
        return await self._in_thread(lambda: self._read(found, start, size))

    async def write(self, key: str, content: bytes) -> None:
        """See `Bucket.write`."""
        await self._in_thread(lambda: self._write(key, content))

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _objects(self, prefix: str) -> list[StoredObject]:
        self._must_exist()
        found = []
        try:
            for path in self._path.rglob("*"):
                key = path.relative_to(self._path).as_posix()
                if key.startswith(prefix) and path.is_file() and path.suffix != _UNFINISHED:
                    found.append(_stored(key, path.stat()))
        except OSError as error:
            raise self._failure(error, prefix) from error
        return sorted(found)

    def _read(self, found: StoredObject, start: int, size: int) -> bytes:
        place = self._place(found.key)
        try:
            with (
                self._folder_of(place) as folder,
                os.fdopen(os.open(place.name, _READ, dir_fd=folder), "rb") as file,
            ):
                if _stored(found.key, os.fstat(file.fileno())) != found:
                    raise ObjectChanged(
                        "The S3 object could not be imported because it was overwritten."
                    )
                file.seek(start)
                return file.read(size)
        except FileNotFoundError:
            raise ObjectChanged("The S3 object could not be imported because it is gone.") from None
        except OSError as error:
            error.filename = str(place)
            raise self._failure(error, found.key) from error

    def _write(self, key: str, content: bytes) -> None:
        self._must_exist()
        place = self._place(key)
        try:
            with self._folder_of(place, make=True) as folder:
                _put(folder, place.name, content)
        except OSError as error:
            error.filename = str(place)
            raise self._failure(error, key) from error

    def _must_exist(self) -> None:
        if not self._path.is_dir():
            _log.warning(
                "bucket %s: the directory %s does not exist: make it", self._name, self._path
            )
            raise NoSuchBucket("The specified bucket does not exist")

    def _place(self, key: str) -> Path:
        """The path of an object without any links, which is below the directory whatever its key
        is."""
        parts = key.split("/")
        if not key or "\0" in key or any(part in ("", ".", "..") for part in parts):
            raise AccessDenied(f"the key {key!r} is not one that the bucket {self._name} can have")
        place = self._path.joinpath(*parts).resolve()
        if not place.is_relative_to(self._path.resolve()):
            raise AccessDenied(f"the key {key!r} leads out of the bucket {self._name}")
        return place

    def _folder_of(self, place: Path, *, make: bool = False) -> AbstractContextManager[int]:
        """The folder of an object, in which no link leads out of the directory even if one is put
        there now."""
        root = self._path.resolve()
        return folder_below(root, place.relative_to(root).parts[:-1], make=make)

    def _failure(self, error: OSError, key: str) -> BucketFailure:
        """The failure for an error of the file of that key, or below that prefix."""
        _log.warning("bucket %s: %s", self._name, in_words(error))
        kind = AccessDenied if isinstance(error, PermissionError) else BucketFailure
        return kind(in_words(OSError(error.errno, error.strerror, f"s3://{self._name}/{key}")))


def _put(folder: int, name: str, content: bytes) -> None:
    """Write a file in a folder; it appears completely or not at all. Raises OSError."""
    unfinished = name + _UNFINISHED
    with contextlib.suppress(FileNotFoundError):
        os.unlink(unfinished, dir_fd=folder)
    try:
        with os.fdopen(os.open(unfinished, _WRITE, 0o666, dir_fd=folder), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(unfinished, dir_fd=folder)
        raise


def _stored(key: str, status: os.stat_result) -> StoredObject:
    return StoredObject(key, status.st_size, str(status.st_mtime_ns))
