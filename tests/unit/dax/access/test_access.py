"""Who may do what on a cluster, and who owns what a connection needs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sessions import Session
from jedlik.base.errors import UnrecognizedClientException
from jedlik.dax.access.access import PUTTING, Access
from jedlik.dax.access.authorizer import OPEN, ClusterAuthorizer
from jedlik.dax.access.callers import Peer
from jedlik.dax.access.signatures import Proof
from jedlik.dax.calls import ServiceCall
from jedlik.dax.errors import DaxError, NotAuthenticated
from jedlik.services.iam.model import Role, User
from jedlik.services.iam.store import Identities
from tests.control_plane import ControlPlane

NOW = 1_000_000.0


def identity(session: Session | None) -> Identity:
    return Identity("AKIA", "000000000000", "us-east-1", "dax", session)


ROOT = "AKIDROOT"
ACCOUNT = "000000000000"
ALICE = ("alice", "AIDA")


@pytest.fixture
def access(plane: ControlPlane) -> Access:
    """One that knows the user alice, the role loader and the root."""
    database = plane.database
    store = SimpleNamespace(
        now=Identities(
            users={"alice": User("alice", "AIDA", "/", 0.0)},
            roles={"loader": Role("loader", "AROA", "/", 0.0)},
        )
    )
    authorizer = ClusterAuthorizer(
        store,  # type: ignore[arg-type]
        database.catalog,
        database.arns,
        plane.clock,
        ROOT,
    )
    return Access(None, authorizer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("whose", "owner"),
    [
        ({"user": ALICE}, "user/alice"),
        ({"user": ALICE, "federated": "joe"}, "user/alice"),
        ({"user": ALICE, "federated": "jim"}, "user/alice"),
        ({"role": ("loader", "AROA", "monday")}, "role/loader"),
        ({"role": ("loader", "AROA", "tuesday")}, "role/loader"),
        ({"administrator": ROOT, "federated": "joe"}, "root"),
    ],
)
def test_whatever_sessions_they_have_users_and_roles_own_once(
    access: Access, whose: dict[str, Any], owner: str
) -> None:
    session = Session("ASIA", "secret", NOW, NOW + 900, **whose)
    assert access.owner(identity(session)) == f"arn:aws:iam::{ACCOUNT}:{owner}"


@pytest.mark.parametrize("federated", [None, "joe"])
def test_a_caller_who_is_gone_owns_nothing(access: Access, federated: str | None) -> None:
    session = Session("ASIA", "s", NOW, NOW + 900, user=("bob", "AIDB"), federated=federated)
    with pytest.raises(NotAuthenticated):
        access.owner(identity(session))


def test_without_policies_an_account_owns() -> None:
    assert Access(None, None).owner(identity(None)) == ACCOUNT  # type: ignore[arg-type]


class Policies:
    """Permits some actions, each within some operation (None: by itself)."""

    def __init__(self, *permitted: tuple[str, str | None]) -> None:
        self.permitted = permitted
        self.refreshed = 0

    async def refresh(self) -> None:
        self.refreshed += 1

    def permits(self, _caller: Any, action: str, enclosing: str | None = None) -> bool:
        return (action, enclosing) in self.permitted

    async def check(self, caller: Any, action: str, enclosing: str | None = None) -> None:
        if not self.permits(caller, action, enclosing):
            raise DaxError("AccessDeniedException", f"{action} in {enclosing}")

    def grant(self, _caller: Any, action: str) -> str:
        return f"grant for {action}"


CALLER: Any = None


def by(*permitted: tuple[str, str | None]) -> Access:
    return Access(None, Policies(*permitted))  # type: ignore[arg-type]


def refusal(coroutine: Any) -> str | None:
    """The text of the refusal; None if it is permitted."""
    try:
        asyncio.run(coroutine)
    except DaxError as error:
        return error.message
    return None


def test_an_operation_needs_its_own_action() -> None:
    assert refusal(by(("GetItem", None)).check(CALLER, "GetItem")) is None
    assert refusal(by(("GetItem", None)).check(CALLER, "PutItem")) == "PutItem in None"


@pytest.mark.parametrize("action", ["PutItem", "ConditionCheckItem"])
def test_a_transaction_begins_with_any_action_that_a_part_of_it_may_need(action: str) -> None:
    within = by((action, "TransactWriteItems"))
    assert refusal(within.check(CALLER, "TransactWriteItems")) is None
    assert refusal(within.check(CALLER, "TransactGetItems")) == "GetItem in TransactGetItems"
    assert refusal(by((action, None)).check(CALLER, "TransactWriteItems")) is not None


def test_each_part_of_a_transaction_needs_its_action() -> None:
    items = [{"Put": {}}, {"Delete": {}}, {"Put": {}}]
    call = ServiceCall("TransactWriteItems", {"TransactItems": items}, [])
    puts, deletes = ("PutItem", call.name), ("DeleteItem", call.name)
    assert refusal(by(puts, deletes).check_parts(CALLER, call)) is None
    assert refusal(by(puts).check_parts(CALLER, call)) == "DeleteItem in TransactWriteItems"
    assert refusal(by().check_parts(CALLER, ServiceCall("GetItem", {}, []))) is None


def test_any_of_some_actions_suffices_by_the_present_policies() -> None:
    access = by(("Scan", None))
    assert refusal(access.check_any(CALLER)) is None
    assert refusal(access.check_any(CALLER, PUTTING)) == "PutItem in None"
    assert access.authorizer.refreshed == 2  # type: ignore[union-attr]
    assert refusal(by(("GetItem", "TransactGetItems")).check_any(CALLER)) is None


def test_without_policies_everything_is_permitted() -> None:
    access = Access(None, None)  # type: ignore[arg-type]
    call = ServiceCall("TransactWriteItems", {"TransactItems": [{"Put": {}}]}, [])
    for check in (
        access.check(CALLER, "PutItem"), access.check(CALLER, "TransactWriteItems"),
        access.check_parts(CALLER, call), access.check_any(CALLER),
    ):  # fmt: skip
        assert refusal(check) is None
    assert access.grant(CALLER, "GetItem") is OPEN
    assert by().grant(CALLER, "GetItem") == "grant for GetItem"


class NewKey:
    """Knows a key once identities were read again, as one that another worker has made."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies

    def verify(self, _request: Any) -> Identity:
        if not self.policies.refreshed:
            raise UnrecognizedClientException
        return identity(None)


def test_a_key_that_another_process_has_just_made_is_looked_for_again() -> None:
    policies: Any = Policies()
    verifier: Any = NewKey(policies)
    proof = Proof("AKIA", "ab" * 32, b"AWS4-HMAC-SHA256\n20261130T120000Z\na/b\n" + b"0" * 64, None)
    peer = Peer({}, "192.0.2.1", secure=True)
    assert asyncio.run(Access(verifier, policies).identify(proof, peer)) == identity(None)
    policies.refreshed = 0
    with pytest.raises(NotAuthenticated, match="security token"):
        asyncio.run(Access(verifier, None).identify(proof, peer))
