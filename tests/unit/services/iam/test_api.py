"""The IAM and STS APIs without a server: every action, with valid and with odd parameters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.iam.operations.registry import ENTRIES
from tests.properties import examples
from tests.unit.services.iam.account import GIVEN, MODELS, TRUST, Account


@pytest.fixture
def account() -> Any:
    account = Account()
    for action in ("CreateUser", "CreateGroup", "CreateRole", "CreatePolicy"):
        given = {key: value for key, value in GIVEN.items() if key != "PermissionsBoundary"}
        assert account.call(action, **given).status == 200
    for action in ("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy", "CreateAccessKey",
                   "AttachUserPolicy", "AddUserToGroup"):  # fmt: skip
        assert account.call(action, **GIVEN).status == 200
    yield account
    account.runner.close()


@pytest.mark.parametrize("action", sorted(ENTRIES))
def test_every_action_answers_as_its_model_says(account: Account, action: str) -> None:
    model = MODELS[ENTRIES[action].service].operation_model(action)
    parsed = account.parsed(action, **GIVEN)
    status = parsed["ResponseMetadata"]["HTTPStatusCode"]
    assert status < 500
    if status == 200 and model.output_shape is not None:
        required = set(model.output_shape.required_members)
        assert required <= set(parsed)
        assert set(parsed) > {"ResponseMetadata"} or not model.output_shape.members
    elif status != 200:
        assert parsed["Error"]["Code"]


@pytest.mark.parametrize("action", sorted(ENTRIES))
def test_no_action_does_without_its_parameters(account: Account, action: str) -> None:
    assert account.call(action).status < 500


@examples(150)
@given(
    st.sampled_from([*sorted(ENTRIES), "NoSuch"]),
    st.dictionaries(
        st.sampled_from([*GIVEN, "Tags", "Tags.member", "MaxItems", "Marker", "Path"]),
        st.sampled_from([*GIVEN.values(), "", "-1", "x" * 200, "\x00", "é", "{", "../"]),
        max_size=5,
    ),
)
def test_no_form_brings_it_down(action: str, parameters: dict[str, str]) -> None:
    account = Account()
    try:
        account.call("CreateUser", UserName="u")
        account.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
        assert account.call(action, **parameters).status < 500
    finally:
        account.runner.close()


def test_what_there_is_not(account: Account) -> None:
    answer = account.call("CreateLoginProfile", UserName="u")
    assert (answer.status, b"<Code>InvalidAction</Code>" in answer.body) == (400, True)
    assert account.send(b"\xff").status == 400
    assert account.send(b"").status == 400


def test_no_action_has_a_structure_for_a_parameter() -> None:
    """So forms that have one can be refused without knowing the action."""
    for action, entry in ENTRIES.items():
        shape = MODELS[entry.service].operation_model(action).input_shape
        members = {} if shape is None else shape.members
        assert {member.type_name for member in members.values()}.isdisjoint(("structure", "map"))


@pytest.mark.parametrize("action", ["CreateUser", "CreateRole", "CreatePolicy", "AssumeRole"])
def test_a_structure_is_no_list(account: Account, action: str) -> None:
    """Policies would see tags that are not set."""
    given = {key: value for key, value in GIVEN.items() if not key.startswith("Tags")}
    answer = account.call(action, **given, **{"Tags.team": "payroll"})
    assert (answer.status, b"<Code>MalformedInput</Code>" in answer.body) == (400, True)
