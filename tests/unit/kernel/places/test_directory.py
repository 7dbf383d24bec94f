from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jedlik.kernel.places.bucket import AccessDenied, NoSuchBucket, ObjectChanged
from jedlik.kernel.places.directory import Directory
from jedlik.kernel.places.places import Places


def test_objects_are_files_below_the_directory(tmp_path: Path) -> None:
    async def use() -> None:
        bucket = Places({"mine": str(tmp_path)}).bucket("mine")
        await bucket.write("a/b.json", b"0123456789")
        await bucket.write("a/c.json", b"")
        await bucket.write("d", b"x")
        found = await bucket.objects("a/")
        assert [each.key for each in found] == ["a/b.json", "a/c.json"]
        assert await bucket.objects("a/b") == found[:1], "a prefix is no folder"
        assert await bucket.read(found[0], 3, 4) == b"3456"
        assert await bucket.read(found[0], 10, 4) == b""
        await bucket.write("a/b.json", b"another")
        with pytest.raises(ObjectChanged):
            await bucket.read(found[0], 0, 1)

    asyncio.run(use())


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/x", "a//b", "", "a/\0", "."])
def test_no_key_leads_out_of_it(tmp_path: Path, key: str) -> None:
    (tmp_path / "bucket").mkdir()
    with pytest.raises(AccessDenied):
        asyncio.run(Directory(tmp_path / "bucket").write(key, b""))
    assert list(tmp_path.iterdir()) == [tmp_path / "bucket"]


def test_buckets_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoSuchBucket):
        Places({}).bucket("mine")
    for call in (
        Directory(tmp_path / "no").objects(""),
        Directory(tmp_path / "no").write("a", b""),
    ):
        with pytest.raises(NoSuchBucket):
            asyncio.run(call)
