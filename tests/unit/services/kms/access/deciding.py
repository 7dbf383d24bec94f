"""Helpers for the tables of decisions on keys."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jedlik.auth.identity import Identity
from jedlik.auth.policy.principals import Caller
from jedlik.base.errors import ServiceError
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import AccessPoint, Request
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.authorization.principals import Principal
from jedlik.services.iam.authorization.requests import Sender
from jedlik.services.kms.access.access import KeyAccess
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.operations.registry import OPERATIONS
from jedlik.services.kms.store import change_key, find_key
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock
from tests.unit.auth.policy.deciding import ACCOUNT, ALICE, ROOT, SESSION, policy, statement

ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
KINDS = {ROOT.arn: "Account", SESSION.arn: "AssumedRole"}

Statement = dict[str, Any]


def allow(*actions: str, **members: Any) -> Statement:
    """A statement that allows actions of the key service."""
    return statement(Action=[f"kms:{action}" for action in actions], **members)


def deny(*actions: str, **members: Any) -> Statement:
    """A statement that denies actions of the key service."""
    return statement("Deny", Action=[f"kms:{action}" for action in actions], **members)


def to(principal: str, *actions: str, **members: Any) -> Statement:
    """A statement of a key's policy that allows somebody something."""
    return allow(*actions or ("*",), Principal={"AWS": principal}, **members)


def grant(grantee: str, *operations: str, **members: Any) -> dict[str, Any]:
    """A grant as CreateGrant takes it."""
    return {"GranteePrincipal": grantee, "Operations": list(operations), **members}


DELEGATING = to(ROOT_ARN)
"""The default key policy: identities' policies decide."""


class Keys:
    """A key service with callers whose policies are given, and a key named by `id`."""

    def __init__(self) -> None:
        self.database = Database(MemoryEngine(), SimulatedClock(), RandomIds())
        self.access = KeyAccess(self, self.database)
        self._principal = Principal(ALICE, "User", "AIDA")
        self.id = self.call("CreateKey")["KeyMetadata"]["KeyId"]

    def principal(self, _identity: Identity) -> Principal:
        """Who asks; what KeyAccess wants of an authorizer."""
        return self._principal

    @property
    def arn(self) -> str:
        return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{self.id}"

    def call(self, operation: str, **payload: Any) -> Any:
        """The answer of an operation, which nobody is asked about."""
        return asyncio.run(OPERATIONS[operation](self.database, payload))

    def policy(self, *statements: Statement) -> None:
        """Replaces the key's policy."""
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        unchecked = {"BypassPolicyLockoutSafetyCheck": True}
        self.call("PutKeyPolicy", KeyId=self.id, Policy=text, **unchecked)

    def grant(self, given: dict[str, Any]) -> str:
        """Adds a grant; returns its id."""
        grant_id: str = self.call("CreateGrant", KeyId=self.id, **given)["GrantId"]
        return grant_id

    def permission(
        self,
        operation: str,
        *identity: Statement,
        caller: Caller = ALICE,
        boundary: Statement | None = None,
        session: Statement | None = None,
        endpoint: Statement | None = None,
        table: str | None = None,
        **payload: Any,
    ) -> str:
        """Why a caller with these policies may not do something; empty where they may."""
        self._principal = Principal(
            caller, KINDS.get(caller.arn, "User"), "AIDA",
            tags={"team": "blue"},
            policies=(policy(*identity),) if identity else (),
            boundary=None if boundary is None else (policy(boundary),),
            session_policies=None if session is None else (policy(session),),
        )  # fmt: skip
        point = None if endpoint is None else AccessPoint(None, "vpce-1", (policy(endpoint),))
        request = Request(
            b"POST", b"/", {}, b"", b"", b"ID", client="203.0.113.9", secure=True, point=point
        )
        who = Identity("KEY", ACCOUNT, "us-east-1", "kms")
        given = {"KeyId": self.id, **payload}
        if table is not None:
            decision: Any = self.access.authorize_table(
                Sender(request, who), given["KeyId"], table, (operation,)
            )
        else:
            decision = self.access.authorize(request, who, operation, given)
        try:
            self.decided = asyncio.run(decision)
        except ServiceError as error:
            return f"{error.code()}: {error.message}"
        return ""

    @property
    def key(self) -> EncryptionKey:
        return asyncio.run(find_key(self.database, self.id))

    def change(self, decide: Any) -> None:
        """Changes the key's record."""
        asyncio.run(change_key(self.database, self.id, decide))
