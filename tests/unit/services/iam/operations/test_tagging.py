"""Tags: existing keys get the new value, others stay."""

from __future__ import annotations

import pytest

from tests.unit.services.iam.account import ARN, DOCUMENT, TRUST, Account

KINDS = [
    ("User", {"UserName": "u"}, {}),
    ("Role", {"RoleName": "r"}, {"AssumeRolePolicyDocument": TRUST}),
    ("Policy", {"PolicyArn": f"{ARN}:policy/p"}, {"PolicyName": "p", "PolicyDocument": DOCUMENT}),
]


def numbered(**tags: str) -> dict[str, str]:
    return {
        f"Tags.member.{place}.{part}": text
        for place, tag in enumerate(tags.items(), 1)
        for part, text in zip(("Key", "Value"), tag, strict=True)
    }


@pytest.mark.parametrize(("kind", "named", "more"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_tags_come_and_go(
    account: Account, kind: str, named: dict[str, str], more: dict[str, str]
) -> None:
    account.did(f"Create{kind}", **({} if kind == "Policy" else named), **more)

    def tags() -> dict[str, str]:
        listed = account.did(f"List{kind}Tags", **named)["Tags"]
        return {each["Key"]: each["Value"] for each in listed}

    account.did(f"Tag{kind}", **named, **numbered(a="1", b="2"))
    account.did(f"Tag{kind}", **named, **numbered(b="3", c="4"))
    assert tags() == {"a": "1", "b": "3", "c": "4"}
    account.did(f"Untag{kind}", **named, **{"TagKeys.member.1": "b", "TagKeys.member.2": "none"})
    assert tags() == {"a": "1", "c": "4"}
    fifty = numbered(**{f"k{each}": "" for each in range(49)})
    assert account.refused(f"Tag{kind}", **named, **fifty)[0] == "LimitExceeded"
    assert tags() == {"a": "1", "c": "4"}


def test_keys_that_differ_in_case_are_two_for_policies_alone(account: Account) -> None:
    account.did("CreateUser", UserName="u")
    account.did("CreatePolicy", PolicyName="p", PolicyDocument=DOCUMENT)
    both = numbered(a="1", A="2")
    account.did("TagPolicy", PolicyArn=f"{ARN}:policy/p", **both)
    assert account.refused("TagUser", UserName="u", **both)[0] == "InvalidInput"


@pytest.mark.parametrize("kind", ["User", "Role"])
def test_a_tag_replaces_one_whose_key_differs_in_case(account: Account, kind: str) -> None:
    named = {f"{kind}Name": "x"}
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "Role" else {}
    account.did(f"Create{kind}", **named, **trust, **numbered(Team="a", other="c"))
    account.did(f"Tag{kind}", **named, **numbered(team="b"))
    listed = account.did(f"List{kind}Tags", **named)["Tags"]
    assert {each["Key"]: each["Value"] for each in listed} == {"other": "c", "team": "b"}
