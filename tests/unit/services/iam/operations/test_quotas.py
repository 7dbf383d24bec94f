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


def test_a_user_is_in_so_many_groups(account: Account) -> None:
    account.did("CreateUser", UserName="ada")
    for number in range(quotas.GROUPS_OF_A_USER + 1):
        account.did("CreateGroup", GroupName=f"g{number}")
    for number in range(quotas.GROUPS_OF_A_USER):
        account.did("AddUserToGroup", UserName="ada", GroupName=f"g{number}")
    code, text = account.refused("AddUserToGroup", UserName="ada", GroupName="g10")
    assert (code, text) == ("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
    account.did("AddUserToGroup", UserName="ada", GroupName="g0")
