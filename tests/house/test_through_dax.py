"""Tests that are skipped through DAX exist: one that is renamed would fail there unnoticed, since
that run is not part of the quick tests."""

from __future__ import annotations

import re

from tests.api.through_dax import CANNOT, cannot
from tests.house.tree import ROOT

DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)


def test_tests_that_cannot_pass_through_dax_exist() -> None:
    here = {
        name
        for file in (ROOT / "tests" / "api").glob("test_*.py")
        for name in DEFINED.findall(file.read_text("utf-8"))
    }
    listed = {name.partition("*")[0] for names in CANNOT.values() for name in names}
    assert listed <= here


def test_a_test_is_skipped_by_its_name_or_by_one_of_its_cases() -> None:
    assert cannot("test_no_key_twice[lmdb]") is not None
    assert cannot("test_no_key_twice_more[lmdb]") is None
    assert cannot("test_pages_make_up_the_whole[lmdb-N]") is not None
    assert cannot("test_pages_make_up_the_whole[lmdb-S]") is None
