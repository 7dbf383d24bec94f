"""The members of the actions of IAM and STS are those of the newest botocore."""

from __future__ import annotations

from pathlib import Path

from jedlik.services.iam import members
from jedlik.services.iam.operations.registry import ENTRIES
from tests.unit.scripts.generators import load_script


def test_the_members_are_generated() -> None:
    text = Path(members.__file__).read_text(encoding="utf-8")
    assert text == load_script("generate_identity_members")["generate"](), "run `make shapes`"


def test_every_action_has_its_members() -> None:
    assert ENTRIES.keys() <= members.MEMBERS.keys()
