"""Locks are complete, and pip installs them without looking for dependencies.

Next to hashes, pip before 23.3 refuses a dependency on an extra (`pyjwt[crypto]`) as soon as a
newer release than the locked one is out: a lock that worked yesterday would fail today.
"""

from __future__ import annotations

import pytest

from tests.house.test_rules import ROOT

INSTALLERS = ("Makefile", "packaging/docker/Dockerfile", "tests/clients/matrix.py")


@pytest.mark.parametrize("file", INSTALLERS)
def test_a_lock_is_installed_without_a_search(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    lines = [line for line in text.splitlines() if "--require-hashes" in line]
    assert lines
    assert [line for line in lines if "--no-deps" not in line] == []
