"""A bucket behind S3's API, over the wire, on the server of a published package."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import BotoCoreError

from jedlik.kernel.buckets.bucket import (
    AccessDenied,
    BucketFailure,
    NoSuchBucket,
    ObjectChanged,
)
from jedlik.kernel.buckets.buckets import Buckets
from jedlik.kernel.buckets.s3 import S3Bucket
from tests.servers import free_port

pytest.importorskip("obstore")
pytest.importorskip("moto")
SECONDS = 60.0


def find_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have SDKs find S3 at an address, by the usual variables."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "someone"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", url),
    ):
        monkeypatch.setenv(name, value)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An S3 server with the empty bucket `lake`, found as SDKs find theirs."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    find_at(url, monkeypatch)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
    end = time.monotonic() + SECONDS
    while True:
        try:
            s3.create_bucket(Bucket="lake")
            break
        except BotoCoreError:
            assert time.monotonic() < end
            time.sleep(0.1)
    yield
    s3.close()
    server.terminate()
    server.wait(SECONDS)


@pytest.mark.usefixtures("lake")
def test_objects_over_the_wire() -> None:
    places = Buckets({"all": "s3://lake", "part": "s3://lake/part", "none": "s3://nothing"})

    async def use() -> None:
        everything, part = places.bucket("all"), places.bucket("part")
        await everything.write("a/b.json", b"0123456789")
        await everything.write("a/c.json", b"")
        await part.write("d", b"x")
        found = await everything.objects("a/")
        assert [(each.key, each.size) for each in found] == [("a/b.json", 10), ("a/c.json", 0)]
        assert await everything.objects("a/b") == found[:1], "a prefix is no folder"
        assert [each.key for each in await part.objects("")] == ["d"]
        assert [each.key for each in await everything.objects("part/")] == ["part/d"]
        assert await everything.read(found[0], 3, 4) == b"3456"
        assert await everything.read(found[0], 10, 4) == b""
        await everything.write("a/b.json", b"another")
        with pytest.raises(ObjectChanged):
            await everything.read(found[0], 0, 1)
        with pytest.raises(NoSuchBucket):
            await places.bucket("none").objects("")
        with pytest.raises(NoSuchBucket):
            await places.bucket("none").write("a", b"")

    asyncio.run(use())


def test_what_fails_for_a_while_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that says twice that it is too busy: the third time it takes the object."""
    answers = iter((503, 500, 200))

    class Busy(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(next(answers))
            self.send_header("etag", '"x"')
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        find_at(f"http://127.0.0.1:{server.server_port}", monkeypatch)
        asyncio.run(Buckets({"lake": "s3://lake"}).bucket("lake").write("a", b"x"))
        server.shutdown()
    assert next(answers, None) is None


def test_failures_name_the_bucket_as_callers_know_it(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the endpoint nor the bucket behind it: these are in the log."""
    bucket = S3Bucket("mine", "s3://hidden/part")
    text = "Error performing PUT http://10.1.2.3:9000/hidden/part/a in 1ms\n\nDebug source: more"
    for kind, expected in (
        ("GenericError", BucketFailure),
        ("PermissionDeniedError", AccessDenied),
        ("UnauthenticatedError", AccessDenied),
    ):
        caplog.clear()
        failure = bucket._failure(type(kind, (Exception,), {})(text))
        assert type(failure) is expected
        assert "mine" in str(failure)
        assert "hidden" not in str(failure)
        assert "10.1.2.3" not in str(failure)
        assert "bucket mine: Error performing PUT http://10.1.2.3:9000" in caplog.text
        assert "Debug" not in caplog.text
