"""The IAM and STS APIs without a server: every action, with right and with odd parameters."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.sessions import Sessions
from jedlik.auth.sigv4 import OpenVerifier
from jedlik.base.clock import SimulatedClock
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.iam.api import QueryService
from jedlik.services.iam.operations.registry import ENTRIES, VERSIONS
from jedlik.storage.memory import MemoryEngine
from tests.properties import examples
from tests.servers import UNSIGNED

SESSION = botocore.session.Session()
MODELS = {name: SESSION.get_service_model(name) for name in ("iam", "sts")}
DOCUMENT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"},
    }
)
TRUST = json.dumps({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}})
ARN = "arn:aws:iam::000000000000"
GIVEN = {
    "UserName": "u", "GroupName": "g", "RoleName": "r", "PolicyName": "p",
    "PolicyArn": f"{ARN}:policy/p", "PolicyDocument": DOCUMENT, "AssumeRolePolicyDocument": TRUST,
    "PermissionsBoundary": f"{ARN}:policy/p", "RoleArn": f"{ARN}:role/r", "RoleSessionName": "day",
    "Tags.member.1.Key": "a", "Tags.member.1.Value": "b", "TagKeys.member.1": "a",
    "VersionId": "v1", "Status": "Inactive", "Description": "d",
}  # fmt: skip


class Account:
    """An open database and its query service."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.runner.run(self._make())

    async def _make(self) -> None:
        clock = SimulatedClock()
        database = Database(MemoryEngine(), clock, RandomIds())
        sessions = Sessions(clock, database.identities.seal)
        self.service = QueryService(database, lambda _name: OpenVerifier(), sessions, None)

    def call(self, action: str, **parameters: str) -> Answer:
        service = ENTRIES[action].service if action in ENTRIES else "iam"
        version = next(version for version, name in VERSIONS.items() if name == service)
        return self.send(urlencode({"Action": action, "Version": version, **parameters}).encode())

    def send(self, form: bytes) -> Answer:
        headers = {name.lower().encode(): text.encode() for name, text in UNSIGNED.items()}
        request = Request(b"POST", b"/", headers, form, form, b"ID")

        async def answered() -> Answer:
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self.service.submit(request, answer.set_result)
            return await answer

        return self.runner.run(answered())


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
    answer = account.call(action, **GIVEN)
    assert answer.status < 500
    parser = create_parser("query")
    response = {"status_code": answer.status, "headers": {}, "body": answer.body}
    parsed = parser.parse(response, model.output_shape)
    if answer.status == 200 and model.output_shape is not None:
        required = set(model.output_shape.required_members)
        assert required <= set(parsed)
        assert set(parsed) > {"ResponseMetadata"} or not model.output_shape.members
    elif answer.status != 200:
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
