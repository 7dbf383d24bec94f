"""Every guarantee in the manual's page on security names the tests that enforce it, and these
exist."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, text

PAGE = text("security.md")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE + text("securing.md"))


def test_the_tests_named_by_the_documentation_exist() -> None:
    assert len(NAMED) > 100
    texts = {file: (ROOT / file).read_text("utf-8") for file, _ in NAMED}
    assert [
        (file, test)
        for file, test in NAMED
        if not re.search(rf"^def {test}\(", texts[file], re.MULTILINE)
    ] == []


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))))
def test_files_of_tests_are_there(file: str) -> None:
    assert re.search(r"^ *def test_", (ROOT / file).read_text("utf-8"), re.MULTILINE)


def promises(section: str) -> list[str]:
    """The points of a section's list, each beginning with its subject."""
    _, _, rest = PAGE.partition(f"\n## {section}\n")
    found = re.findall(
        r"^- \*\*.*?(?=^- |^\n|\Z)", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL
    )
    return [" ".join(each.split()) for each in found]


def test_every_promise_of_today_names_one() -> None:
    found = promises("What holds today")
    assert len(found) > 10
    assert [each for each in found if "`tests/" not in each] == []


@pytest.mark.parametrize(
    "section",
    ["Other doors", "Functions", "In transit", "The key service", "Identity and access",
     "Access points", "Audit log"],
)  # fmt: skip
def test_each_of_these_is_promised_in_a_table(section: str) -> None:
    _, _, rest = PAGE.partition(f"\n## {section}\n")
    assert "| Guarantee | Held by |" in rest.partition("\n## ")[0]


def test_every_guarantee_names_one() -> None:
    for table in text("security.md").split("| Guarantee | Held by |\n|---|---|\n")[1:]:
        rows = table.split("\n\n")[0].splitlines()
        assert rows
        assert all("::test_" in row.rpartition(" | ")[2] for row in rows)
