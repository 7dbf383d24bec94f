"""The identities in the store, and this process's snapshot of them."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.auth.identity import Identity
from jedlik.base.errors import UnrecognizedClientException
from jedlik.kernel.keyspaces import IDENTITIES
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.services.iam.administrators import KeyNotFound, make_administrator, revoke_key
from jedlik.services.iam.authorization.principals import principal_of
from jedlik.services.iam.model import ResourcePolicy, User, changed
from jedlik.services.iam.store import Draft, Identities
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane


def test_a_picture_survives_a_restart_and_a_secret_is_not_in_the_store() -> None:
    plane = ControlPlane()
    key, secret = plane.run(make_administrator(plane.database, "root"))
    plane.restart()
    store = plane.database.identities
    assert store.secrets[key.id] is None
    plane.run(store.refresh())
    assert store.now.closed
    assert store.secrets[key.id] == secret
    rows = plane.run(plane.database.engine.range(IDENTITIES, successor(IDENTITIES))).rows
    assert secret.encode() not in b"".join(value for _, value in rows)
    plane.close()


def test_an_outdated_picture_is_noticed_and_changes_are_never_lost() -> None:
    plane = ControlPlane()
    first = plane.database
    plane.restart()
    second = plane.database

    def add(name: str) -> object:
        def decide(identities: Identities, draft: Draft) -> int:
            draft.put(User(name, f"AIDA{name}", "/", 0.0))
            return len(identities.users)

        return decide

    plane.run(first.identities.change(add("a")))
    assert first.identities.is_current
    plane.run(second.identities.change(add("b")))
    assert set(first.identities.now.users) == {"a"}
    plane.run(first.catalog.refresh())
    assert not first.identities.is_current
    plane.run(first.identities.refresh())
    assert set(first.identities.now.users) == {"a", "b"}

    async def both() -> None:
        await asyncio.gather(
            *(store.identities.change(add(f"{number}")) for number in range(10)
              for store in (first, second))
        )  # fmt: skip

    plane.run(both())
    assert len(plane.run(first.identities.refresh()).users) == 12
    plane.close()


def test_a_user_made_again_is_somebody_else() -> None:
    plane = ControlPlane()
    key, _ = plane.run(make_administrator(plane.database, "root"))
    store = plane.database.identities
    identity = Identity(key.id, "0", "", "dynamodb")
    assert principal_of(store.now, identity, "0", None).user_name == "root"
    plane.run(revoke_key(plane.database, key.id))
    with pytest.raises(UnrecognizedClientException):
        principal_of(store.now, identity, "0", None)
    with pytest.raises(KeyNotFound):
        plane.run(revoke_key(plane.database, key.id))
    plane.close()


def test_verification_finds_what_does_not_open_or_decode() -> None:
    plane = ControlPlane()
    key, _ = plane.run(make_administrator(plane.database, "root"))
    store = plane.database.identities

    def found() -> list[Finding]:
        findings: list[Finding] = []
        plane.run(Verification(plane.database.engine, findings.append).run())
        return findings

    assert found() == []
    other = changed(key, id="AKIAOTHER")
    plane.run(store.change(lambda _now, draft: draft.put(other)))
    assert [each.problem for each in found()] == ["its secret does not open"]
    plane.run(store.change(lambda _now, draft: draft.put(changed(key, user="root"))))
    user = changed(store.now.users["root"], inline={"p": "{}"})
    plane.run(store.change(lambda _now, draft: (draft.remove(other), draft.put(user))))
    assert [each.problem for each in found()] == ["Syntax errors in policy."]
    plane.run(store.change(lambda _now, draft: draft.put(changed(user, inline={}))))
    broken = ResourcePolicy("{}", "1")
    plane.run(store.change(lambda _now, draft: draft.put_resource_policy(7, broken)))
    assert [each.place for each in found()] == ["policy of resource id 7"]
    plane.close()
