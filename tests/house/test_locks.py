"""Locks are complete, so pip can install them without resolving dependencies.

If it resolved them, pip before 23.3 would refuse a lock with hashes and a dependency on an extra
(`pyjwt[crypto]`) as soon as there is a newer release than the locked one: a lock that worked
yesterday would fail today.
"""

from __future__ import annotations

import pytest

from tests.house.tree import ROOT

INSTALLERS = ("Makefile", "packaging/docker/Dockerfile", "tests/clients/matrix.py")


@pytest.mark.parametrize("file", INSTALLERS)
def test_a_lock_is_installed_without_a_search(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    lines = [line for line in text.splitlines() if "--require-hashes" in line]
    assert lines
    assert [line for line in lines if "--no-deps" not in line] == []
