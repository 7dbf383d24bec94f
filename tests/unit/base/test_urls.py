"""Which texts are URLs of servers."""

from __future__ import annotations

import pytest

from jedlik.base.urls import hosts_of, is_origin


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000", "http://127.0.0.1:8000/", "https://db.example.com",
        "http://[::1]:8000",
    ],
)  # fmt: skip
def test_origins_are_recognized(url: str) -> None:
    assert is_origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8000", "http://", "http:///path", "ftp://host", "http://host/path",
        "http://host?query", "http://host#part", "http://user@host", "http://host:0",
        "http://host:65536", "http://host:port", "http://host:-1", "http://[::1", "http://[x]",
    ],
)  # fmt: skip
def test_other_urls_are_not_origins(url: str) -> None:
    assert not is_origin(url)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://user:hush@db1:5432,db2/name", "db1:5432,db2"),
        ("postgresql://u:h@sh@db/name", "db"),
        ("postgresql://[::1]:5432/name", "[::1]:5432"),
        ("postgresql:///name?host=/run", ""),
    ],
)
def test_hosts_are_told_without_passwords(url: str, hosts: str) -> None:
    assert hosts_of(url) == hosts
