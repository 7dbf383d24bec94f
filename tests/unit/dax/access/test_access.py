"""Who owns what a connection needs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sessions import Session
from jedlik.dax.access.access import Access
from jedlik.dax.access.authorizer import ClusterAuthorizer
from jedlik.dax.errors import NotAuthenticated
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
