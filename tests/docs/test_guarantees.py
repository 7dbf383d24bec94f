"""What the manual says of security names the test that holds it, and that test is there."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, text

NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text("security.md") + text("securing.md"))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_it_is_there(file: str, test: str) -> None:
    assert re.search(rf"^def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)


def test_every_guarantee_names_one() -> None:
    for table in text("security.md").split("| Guarantee | Held by |\n|---|---|\n")[1:]:
        rows = table.split("\n\n")[0].splitlines()
        assert rows
        assert all("::test_" in row.rpartition(" | ")[2] for row in rows)
