"""An account's identities and the API over them, without a server."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.parsers import create_parser

from jedlik.auth.sessions import Sessions
from jedlik.auth.sigv4 import OpenVerifier
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.api import QueryService
from jedlik.services.iam.operations.registry import ENTRIES, VERSIONS
from jedlik.storage.memory import MemoryEngine
from tests.servers import UNSIGNED
from tests.simulated_clock import SimulatedClock

SESSION = botocore.session.Session()
MODELS = {name: SESSION.get_service_model(name) for name in ("iam", "sts")}
DOCUMENT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*"},
    }
)
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}
)
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

    def parsed(self, action: str, **parameters: str) -> dict[str, Any]:
        """The answer as clients read it: members, or `Error`."""
        answer = self.call(action, **parameters)
        shape = MODELS[ENTRIES[action].service].operation_model(action).output_shape
        response = {"status_code": answer.status, "headers": {}, "body": answer.body}
        read: dict[str, Any] = create_parser("query").parse(response, shape)
        return read

    def did(self, action: str, **parameters: str) -> dict[str, Any]:
        """The members of an answer that is no error."""
        read = self.parsed(action, **parameters)
        assert "Error" not in read, read
        return read

    def refused(self, action: str, **parameters: str) -> tuple[str, str]:
        """Code and message of an error."""
        error = self.parsed(action, **parameters)["Error"]
        return error["Code"], error["Message"]

    def send(self, form: bytes) -> Answer:
        headers = {name.lower().encode(): text.encode() for name, text in UNSIGNED.items()}
        request = Request(b"POST", b"/", headers, form, form, b"ID")

        async def answered() -> Answer:
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self.service.submit(request, answer.set_result)
            return await answer

        return self.runner.run(answered())
