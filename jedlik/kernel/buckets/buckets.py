"""The buckets that the server was started with: `--bucket NAME=DIR` or `NAME=s3://...`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jedlik.kernel.buckets.bucket import Bucket, NoSuchBucket

_S3: Final = "s3://"


class Buckets:
    """Buckets by the names that requests use."""

    def __init__(self, targets: Mapping[str, str] | None = None) -> None:
        self._buckets: dict[str, Bucket] = {
            name: _bucket(name, target) for name, target in (targets or {}).items()
        }

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name. Raises NoSuchBucket."""
        bucket = self._buckets.get(name)
        if bucket is None:
            raise NoSuchBucket(
                "The specified bucket does not exist: start the server with "
                f"--bucket {name}=DIRECTORY or --bucket {name}=s3://BUCKET"
            )
        return bucket


def _bucket(name: str, target: str) -> Bucket:
    # Each kind is loaded only if there is such a bucket.
    if target.startswith(_S3):
        from jedlik.kernel.buckets.s3 import S3Bucket  # noqa: PLC0415

        return S3Bucket(name, target)
    from jedlik.kernel.buckets.directory import Directory  # noqa: PLC0415

    return Directory(name, Path(target))
