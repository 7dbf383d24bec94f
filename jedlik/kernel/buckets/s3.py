"""A bucket in S3, or in any store with its API, by the object_store library.

Credentials, region and endpoint are found in the usual way: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL and so on. Loaded when such a bucket is first
used.

The library's errors name the endpoint and the bucket behind it. They go to the log; callers know
only the name that the bucket has here.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from jedlik.base.extras import install
from jedlik.kernel.buckets.bucket import (
    AccessDenied,
    BucketFailure,
    NoSuchBucket,
    ObjectChanged,
    StoredObject,
)

_log = logging.getLogger(__name__)

_RETRIES: Final[Any] = {
    "max_retries": 8,
    "retry_timeout": timedelta(minutes=2),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=15),
        "base": 2,
    },
}
"""Requests that fail (5xx, throttled, no connection) are retried for two minutes."""


class S3Bucket:
    """See `Bucket`; `url` is `s3://NAME` or `s3://NAME/PREFIX`, `name` the bucket's in requests."""

    def __init__(self, name: str, url: str) -> None:
        self._known_as = name
        parts = urlsplit(url)
        self._prefix = parts.path.strip("/")
        self._name = parts.netloc
        self._store: Any = None

    async def objects(self, prefix: str) -> list[StoredObject]:
        """See `Bucket.objects`."""
        try:
            found = [
                StoredObject(self._key(each["path"]), each["size"], each["e_tag"] or "")
                async for page in self._opened().list(prefix=self._path_above(prefix))
                for each in page
            ]
        except Exception as error:
            raise self._failure(error) from error
        return sorted(each for each in found if each.key.startswith(prefix))

    async def read(self, found: StoredObject, start: int, size: int) -> bytes:
        """See `Bucket.read`."""
        if start >= found.size:
            return b""
        try:
            answer = await self._opened().get_async(
                self._path(found.key),
                options={
                    "range": (start, min(start + size, found.size)),
                    "if_match": found.version,
                },
            )
            return bytes(await answer.bytes_async())
        except Exception as error:
            raise self._failure(error) from error

    async def write(self, key: str, content: bytes) -> None:
        """See `Bucket.write`."""
        try:
            await self._opened().put_async(self._path(key), content)
        except Exception as error:
            raise self._failure(error) from error

    def _opened(self) -> Any:
        if self._store is None:
            try:
                from obstore.store import S3Store  # noqa: PLC0415
            except ImportError:
                raise BucketFailure(
                    f"buckets in S3 need the library obstore: {install('s3')}"
                ) from None
            self._store = S3Store(
                self._name, client_options={"allow_http": True}, retry_config=_RETRIES
            )
        return self._store

    def _path(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def _path_above(self, prefix: str) -> str | None:
        """The folder at the beginning of a prefix: the library lists folders, not raw prefixes."""
        path = self._path(prefix)
        folder, slash, _ = path.rpartition("/")
        return folder if slash else None

    def _key(self, path: str) -> str:
        return path.removeprefix(f"{self._prefix}/") if self._prefix else path

    def _failure(self, error: Exception) -> BucketFailure:
        """The failure for an error of the library."""
        if isinstance(error, BucketFailure):
            return error
        kind, text = type(error).__name__, str(error)
        is_missing = "NoSuchBucket" in text
        if kind in ("PreconditionError", "NotFoundError", "FileNotFoundError") and not is_missing:
            return ObjectChanged("The S3 object could not be imported because it was overwritten.")
        _log.warning("bucket %s: %s", self._known_as, text.partition("\n")[0][:500])
        if is_missing:
            return NoSuchBucket("The specified bucket does not exist")
        if kind in ("PermissionDeniedError", "UnauthenticatedError"):
            return AccessDenied(f"the server may not use the bucket {self._known_as} in this way")
        return BucketFailure(
            f"requests to the bucket {self._known_as} fail; the server's log says why"
        )
