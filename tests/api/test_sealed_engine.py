"""A shared engine under a root key: what the database can read, and commands that work on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from jedlik.cli import exits
from tests.api.planted import MARKERS, check_planted, forms, plant
from tests.postgres import shared_server
from tests.servers import RunningServer, jedlik
from tests.waiting import wait_until

IN_KEYS = {"table", "index", "sort", "user", "alias", "tag", "token"}
"""What keys and descriptions of tables show; docs/security.md says so."""


@pytest.fixture
def url() -> str:
    return shared_server().new_schema()


def key_file(scratch: Path, name: str) -> Path:
    file = scratch / name
    assert jedlik("keys", "new-root", file).returncode == 0
    return file


def start(scratch: Path, url: str, *options: str | Path) -> RunningServer:
    scratch.mkdir(exist_ok=True)
    return RunningServer(scratch, "--engine", url, *options)


def found_in(url: str) -> set[str]:
    """The names of the markers in the database's rows, in any form."""
    schema = url.rpartition("=")[2]
    text = shared_server().execute(f"SELECT key, value FROM {schema}.jedlik_rows")
    rows = b"\n".join(bytes.fromhex(each) for each in re.findall(r"\\x([0-9a-f]*)", text))
    return {name for name, text in MARKERS.items() if any(form in rows for form in forms(text))}


def wait_until_sealed(url: str) -> None:
    wait_until(lambda: not found_in(url) - IN_KEYS - {"attribute"}, "sealing")


def test_the_database_sees_no_body(tmp_path: Path, url: str) -> None:
    root = key_file(tmp_path, "root.key")
    node = start(tmp_path / "one", url, "--root-key-file", root)
    try:
        plant(node)
        check_planted(node)
        assert found_in(url) <= IN_KEYS | {"attribute"}  # the index is on that attribute
    finally:
        node.kill()


def test_what_was_plain_is_sealed_once_there_is_a_root_key(tmp_path: Path, url: str) -> None:
    node = start(tmp_path / "plain", url)
    try:
        plant(node)
        node.stop()
        assert {"value", "description", "policy"} <= found_in(url)
        root = key_file(tmp_path, "root.key")
        node = start(tmp_path / "sealed", url, "--root-key-file", root)
        wait_until_sealed(url)
        check_planted(node)
        node.stop()
    finally:
        node.kill()
    assert jedlik("verify", url, "--root-key-file", root).returncode == 0


def refused(*arguments: Any) -> str:
    done = jedlik(*arguments)
    assert done.returncode == exits.ENGINE, done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_wrong_keys_are_one_line(tmp_path: Path, url: str) -> None:
    root, other = key_file(tmp_path, "root.key"), key_file(tmp_path, "other.key")
    node = start(tmp_path / "one", url, "--root-key-file", root)
    node.stop()
    serve = ("serve", "--port", "0", "--engine", url)
    assert "give its root key" in refused(*serve)
    assert "under another root key" in refused(*serve, "--root-key-file", other)
    assert "give its root key" in refused("verify", url)
    assert "give its root key" in refused("keys", "new", url)
    assert "under another root key" in refused("keys", "rewrap", url, other, root)
    done = jedlik("keys", "rewrap", url, root, other)
    assert (done.returncode, "is protected by root key" in done.stdout) == (0, True)
    made = jedlik("keys", "new", url, "--root-key-file", other)
    assert (made.returncode, "AWS_ACCESS_KEY_ID=" in made.stdout) == (0, True)
    assert "under another root key" in refused(*serve, "--root-key-file", root)
