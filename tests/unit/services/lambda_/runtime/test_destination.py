"""Files and endpoints to which failures are reported."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.runtime.destination import ANYWHERE, Destinations, parse_destination
from jedlik.services.lambda_.runtime.endpoint import Endpoints


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("file:///a/b.jsonl", Path("/a/b.jsonl")),
        ("file://localhost/a%20b", Path("/a b")),
        ("http://h:1/p?q=1", "http://h:1/p?q=1"),
        ("arn:aws:jedlik:us-east-1:000000000000:file:///a/b", Path("/a/b")),
        ("arn:aws:jedlik:::https://h/p", "https://h/p"),
    ],
)
def test_destinations_are_parsed(text, place):
    assert parse_destination(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/a/b",
        "file://host/a",
        "file:///",
        "file:///a%00b",
        "http://",
        "http://h:x/",
        "http://h/a b",
        "ftp://h/a",
        "arn:aws:sqs:us-east-1:000000000000:queue",
        "arn:aws:jedlik:::nothing",
    ],
)
def test_what_is_no_destination(text):
    with pytest.raises(InvalidParameterValueException):
        parse_destination(text)


def send(destinations: Destinations, url: str, record: bytes = b"{}") -> None:
    endpoints = Endpoints()
    try:
        asyncio.run(destinations.send(endpoints, url, record))
    finally:
        endpoints.close()


def test_a_file_gets_a_line_each(tmp_path):
    (tmp_path / "inner").mkdir()
    for destinations in (ANYWHERE, Destinations((tmp_path,))):
        for name in ("told", "inner/told"):
            url = f"file://{tmp_path}/{name}"
            send(destinations, url, b'{"a":1}')
            send(destinations, url, b'{"a":2}')
            assert (tmp_path / name).read_bytes() == b'{"a":1}\n{"a":2}\n'
            (tmp_path / name).unlink()


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        send(ANYWHERE, f"file://{tmp_path}/no/told")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("file:///var/log/jedlik/a", True),
        ("file:///var/log/jedlik/a/b", True),
        ("file:///var/log/jedlik", False),
        ("file:///var/log/jedlikx/a", False),
        ("file:///var/log/jedlik/../a", False),
        ("file:///var/log/jedlik/%2e%2e/a", False),
        ("file:///etc/passwd", False),
        ("file:/var/log/jedlik/a", False),
        ("https://example.com/hooks", True),
        ("https://example.com/hooks/a?b=c", True),
        ("https://EXAMPLE.com:443/hooks/a", True),
        ("https://example.com/hooksx", False),
        ("https://example.com/", False),
        ("https://example.com/hooks/../a", False),
        ("https://example.com/hooks/%2E%2e/a", False),
        ("https://example.com/hooks\\..\\a", False),
        ("https://example.com@evil.example/hooks/a", False),
        ("https://u:p@example.com/hooks/a", False),
        ("http://example.com/hooks/a", False),
        ("https://example.com:444/hooks/a", False),
        ("https://example.com.evil.example/hooks/a", False),
        ("http://169.254.169.254/latest", False),
    ],
)
def test_what_the_server_was_started_with(url, allowed):
    destinations = Destinations((Path("/var/log/jedlik"), "https://example.com/hooks/"))
    if allowed:
        destinations.check(url)
    else:
        with pytest.raises(InvalidParameterValueException):
            destinations.check(url)
    with pytest.raises(InvalidParameterValueException):
        Destinations(()).check(url)


def test_links_are_not_followed(tmp_path):
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    secret = outside / "profile"
    secret.write_text("mine\n")
    (root / "soft").symlink_to(secret)
    (root / "folder").symlink_to(outside)
    os.link(secret, root / "hard")
    os.mkfifo(root / "pipe")
    for name in ("soft", "folder/profile", "folder/new", "hard", "pipe"):
        with pytest.raises(OSError):
            send(Destinations((root,)), f"file://{root}/{name}")
    for name in ("soft", "hard"):
        with pytest.raises(OSError):
            send(ANYWHERE, f"file://{root}/{name}")
    assert secret.read_text() == "mine\n"
    assert list(outside.iterdir()) == [secret]


def test_the_data_directory_is_no_destination(tmp_path):
    data = tmp_path / "data"
    (data / "functions").mkdir(parents=True)
    (tmp_path / "link").symlink_to(data)
    for destinations in (Destinations(None, data), Destinations((tmp_path,), data)):
        for name in ("data/a", "data/functions/a", "link/a", "data/key"):
            with pytest.raises(InvalidParameterValueException):
                destinations.check(f"file://{tmp_path}/{name}")
        destinations.check(f"file://{tmp_path}/a")
