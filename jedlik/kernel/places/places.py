"""The buckets that the server was started with: `--bucket NAME=DIR` or `NAME=s3://...`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jedlik.kernel.places.bucket import Bucket, NoSuchBucket
from jedlik.kernel.places.directory import Directory
from jedlik.kernel.places.s3 import S3Bucket

_S3: Final = "s3://"


class Places:
    """Buckets by the names that requests use."""

    def __init__(self, targets: Mapping[str, str] | None = None) -> None:
        self._buckets: dict[str, Bucket] = {
            name: S3Bucket(target) if target.startswith(_S3) else Directory(Path(target))
            for name, target in (targets or {}).items()
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
