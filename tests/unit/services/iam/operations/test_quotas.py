"""The quotas of users, groups, roles and policies in an account."""

from __future__ import annotations

import pytest

from jedlik.services.iam.operations import quotas
from tests.unit.services.iam.account import DOCUMENT, TRUST, Account

MAKES = {
    "Users": ("CreateUser", "UserName", {}),
    "Groups": ("CreateGroup", "GroupName", {}),
    "Roles": ("CreateRole", "RoleName", {"AssumeRolePolicyDocument": TRUST}),
    "Policies": ("CreatePolicy", "PolicyName", {"PolicyDocument": DOCUMENT}),
}


@pytest.mark.parametrize("of", MAKES)
def test_there_is_room_for_so_many(
    account: Account, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    monkeypatch.setitem(quotas.IN_ACCOUNT, of, 2)
    action, member, parameters = MAKES[of]
    for name in ("a", "b"):
        account.did(action, **{member: name}, **parameters)
    code, text = account.refused(action, **{member: "c"}, **parameters)
    assert (code, text) == ("LimitExceeded", f"Cannot exceed quota for {of}PerAccount: 2")
    summary = account.did("GetAccountSummary")["SummaryMap"]
    assert (summary[of], summary[f"{of}Quota"]) == (2, 2)


@pytest.mark.parametrize(("word", "limit"), [("User", 2048), ("Group", 5120), ("Role", 10_240)])
def test_inline_policies_have_a_size_together(account: Account, word: str, limit: int) -> None:
    trust = {"AssumeRolePolicyDocument": TRUST} if word == "Role" else {}
    account.did(f"Create{word}", **{f"{word}Name": "ada"}, **trust)

    def put(name: str, size: int) -> dict[str, str]:
        short = '{"Statement": {"Effect": "Allow", "Action": "s3:Get", "Resource": "*"}}'
        text = short.replace("Get", "G" * (size - len(short.replace(" ", "")) + len("Get")))
        return {f"{word}Name": "ada", "PolicyName": name, "PolicyDocument": text}

    account.did(f"Put{word}Policy", **put("a", limit - 100))
    account.did(f"Put{word}Policy", **put("b", 100))
    for name, size in (("c", 100), ("b", 101), ("a", limit + 1)):
        code, text = account.refused(f"Put{word}Policy", **put(name, size))
        assert (code, text) == (
            "LimitExceeded",
            f"Maximum policy size of {limit} bytes exceeded for {word.lower()} ada",
        )
    account.did(f"Put{word}Policy", **put("a", limit - 100))


def test_a_user_is_in_so_many_groups(account: Account) -> None:
    account.did("CreateUser", UserName="ada")
    for number in range(quotas.GROUPS_OF_A_USER + 1):
        account.did("CreateGroup", GroupName=f"g{number}")
    for number in range(quotas.GROUPS_OF_A_USER):
        account.did("AddUserToGroup", UserName="ada", GroupName=f"g{number}")
    code, text = account.refused("AddUserToGroup", UserName="ada", GroupName="g10")
    assert (code, text) == ("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
    account.did("AddUserToGroup", UserName="ada", GroupName="g0")
