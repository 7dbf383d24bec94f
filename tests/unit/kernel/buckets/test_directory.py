"""Directories as buckets."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from jedlik.kernel.buckets.bucket import AccessDenied, BucketFailure, NoSuchBucket, ObjectChanged
from jedlik.kernel.buckets.buckets import Buckets
from jedlik.kernel.buckets.directory import Directory
from tests.limits import file_size_limit


def test_objects_are_files_below_the_directory(tmp_path: Path) -> None:
    async def use() -> None:
        bucket = Buckets({"mine": str(tmp_path)}).bucket("mine")
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
        asyncio.run(Directory("mine", tmp_path / "bucket").write(key, b""))
    assert list(tmp_path.iterdir()) == [tmp_path / "bucket"]


def test_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing half written stays, what was there stays, and the text says what to do."""

    async def use() -> None:
        bucket = Directory("mine", tmp_path)
        await bucket.write("a", b"before")
        with file_size_limit(100), pytest.raises(BucketFailure) as raised:
            await bucket.write("a", bytes(101))
        assert str(raised.value) == (
            "there is no room left for s3://mine/a: make room, or use another disk"
        )

    asyncio.run(use())
    assert f"bucket mine: there is no room left for {tmp_path / 'a'}" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_buckets_that_are_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NoSuchBucket):
        Buckets({}).bucket("mine")
    for call in (
        Directory("mine", tmp_path / "no").objects(""),
        Directory("mine", tmp_path / "no").write("a", b""),
    ):
        with pytest.raises(NoSuchBucket) as raised:
            asyncio.run(call)
        assert str(raised.value) == "The specified bucket does not exist"
    assert f"bucket mine: the directory {tmp_path / 'no'} does not exist: make it" in caplog.text


@pytest.mark.parametrize("key", ["folder/a", "file/a", "x" * 300])
def test_failures_name_no_directory_of_the_server(tmp_path: Path, key: str) -> None:
    bucket = Directory("mine", tmp_path)
    (tmp_path / "folder").symlink_to(tmp_path.parent)
    (tmp_path / "file").touch()
    with pytest.raises(BucketFailure) as raised:
        asyncio.run(bucket.write(key, b""))
    assert str(tmp_path.parent) not in str(raised.value)
    assert "mine" in str(raised.value)


def test_no_link_leads_out_of_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "bucket").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "bucket")
    bucket = Directory("mine", tmp_path / "elsewhere")  # the directory itself may be a link
    (tmp_path / "bucket/file").symlink_to(secret)
    (tmp_path / "bucket/folder").symlink_to(tmp_path)
    (tmp_path / "bucket/new.unfinished").symlink_to(secret)

    async def use() -> None:
        (found,) = await bucket.objects("file")
        with pytest.raises(AccessDenied):
            await bucket.read(found, 0, 6)
        for key in ("file", "folder/new"):
            with pytest.raises(AccessDenied):
                await bucket.write(key, b"changed")
        await bucket.write("new", b"mine")
        (written,) = await bucket.objects("new")
        assert await bucket.read(written, 0, 4) == b"mine"

    asyncio.run(use())
    assert secret.read_bytes() == b"secret"
    assert not (tmp_path / "new").exists()


@pytest.fixture
def swapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bucket whose folder `a` becomes a link to `outside` once the path of an object in it is
    known."""
    bucket = tmp_path / "bucket"
    for folder in (bucket / "a", tmp_path / "outside"):
        folder.mkdir(parents=True)
        (folder / "found").write_bytes(b"same")
        os.utime(folder / "found", (1, 1))
    place_of = Directory._place

    def swap(directory: Directory, key: str) -> Path:
        place = place_of(directory, key)
        (bucket / "a").rename(bucket / "moved")
        (bucket / "a").symlink_to(tmp_path / "outside")
        return place

    monkeypatch.setattr(Directory, "_place", swap)
    return bucket


@pytest.mark.parametrize("key", ["a/new", "a/deeper/new"])
def test_no_link_that_is_put_there_after_the_check_leads_out_of_it(swapped: Path, key: str) -> None:
    with pytest.raises(BucketFailure):
        asyncio.run(Directory("mine", swapped).write(key, b"x"))
    assert [each.name for each in (swapped.parent / "outside").iterdir()] == ["found"]


def test_nothing_is_read_through_such_a_link(swapped: Path) -> None:
    async def use() -> None:
        bucket = Directory("mine", swapped)
        (found,) = await bucket.objects("a/")
        with pytest.raises(BucketFailure):
            await bucket.read(found, 0, 4)

    asyncio.run(use())


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    bucket = Directory("mine", tmp_path)
    (found,) = asyncio.run(bucket.objects("a"))
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    os.utime(tmp_path / "a", ns=(int(found.version), int(found.version)))
    failures: list[BaseException] = []

    def read() -> None:
        with pytest.raises(BucketFailure) as raised:
            asyncio.run(bucket.read(found, 0, 1))
        failures.append(raised.value)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    reading.join(10)
    assert failures


def test_links_inside_are_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "b").symlink_to("a/file")

    async def use() -> None:
        bucket = Directory("mine", tmp_path)
        (found,) = await bucket.objects("b")
        assert await bucket.read(found, 0, 7) == b"content"
        await bucket.write("link/new/file", b"x")

    asyncio.run(use())
    assert (tmp_path / "a/new/file").read_bytes() == b"x"


def test_one_that_does_not_answer_delays_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    slow, quick = (Directory(name, tmp_path) for name in ("slow", "quick"))
    monkeypatch.setattr(slow, "_write", lambda *_: answers.wait(30))

    async def use() -> None:
        waiting = [asyncio.ensure_future(slow.write("a", b"")) for _ in range(64)]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(10):
                await quick.write("b", b"")
                await asyncio.to_thread(int)
        finally:
            answers.set()
            await asyncio.gather(*waiting)

    asyncio.run(use())
