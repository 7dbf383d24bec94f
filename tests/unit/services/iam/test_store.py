"""The identities in the store, and this process's snapshot of them."""

from __future__ import annotations

import asyncio
import json
import random
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.identity import Identity
from jedlik.base.errors import UnrecognizedClientException
from jedlik.kernel.keyspaces import IDENTITIES
from jedlik.kernel.rollback import roll_back
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.services.iam.administrators import KeyNotFound, make_administrator, revoke_key
from jedlik.services.iam.authorization.principals import principal_of
from jedlik.services.iam.model import (
    ACTIVE,
    AccessKey,
    Group,
    ManagedPolicy,
    ResourcePolicy,
    User,
    changed,
)
from jedlik.services.iam.store import Draft, Identities
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane, on_demand
from tests.properties import examples


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


NAMES = ("anna", "bela", "cili", "dani", "ella")


def random_change(draw: random.Random, now: Identities, draft: Draft) -> None:
    """Something of what IAM's operations do."""
    for _ in range(draw.randint(1, 3)):
        name = draw.choice(NAMES)
        match draw.randint(0, 6):
            case 0:
                draft.put(User(name, f"AIDA{draw.random()}", "/", 0.0))
            case 1:
                draft.put(Group(name, "AGPA", "/", 0.0, users=[draw.choice(NAMES)]))
            case 2:
                draft.put(ManagedPolicy(name, "ANPA", "/", 0.0, 0.0, "v1", {"v1": ("{}", 0.0)}))
            case 3:
                draft.put(AccessKey(f"AKIA{name}", name, ACTIVE, draw.random(), ""))
            case 4:
                new = draw.choice((None, ResourcePolicy("{}", str(draw.random()))))
                draft.put_resource_policy(draw.randint(1, 9), new)
            case 5:
                draft.put_regions(draw.sample(("eu-west-1", "eu-west-2"), draw.randint(0, 2)))
            case 6:
                there = [*now.users.values(), *now.groups.values(), *now.access_keys.values()]
                if there:
                    draft.remove(draw.choice(there))


@examples(30)
@given(seed=st.integers(0, 2**40))
def test_what_is_read_of_changes_is_what_is_there(seed: int) -> None:
    """Of two processes, each sees the other's changes as one that has just begun does."""
    plane, draw = ControlPlane(), random.Random(seed)
    first = plane.database.identities
    plane.restart()
    second = plane.database.identities
    for _ in range(30):
        store, other = draw.sample((first, second), 2)
        plane.run(store.change(partial(random_change, draw)))
        if draw.random() < 0.5:
            plane.run(other.refresh())
        else:
            continue
        plane.restart()
        fresh = plane.run(plane.database.identities.refresh())
        for each in (store.now, other.now):
            assert each == fresh
            assert [each.groups_of(name) for name in NAMES] == [
                [group for group in fresh.groups.values() if name in group.users] for name in NAMES
            ]
            assert [list(each.users), list(each.resource_policies)] == [
                list(fresh.users),
                list(fresh.resource_policies),
            ]
    plane.close()


def test_of_a_change_only_what_it_concerns_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = ControlPlane()
    store = plane.database.identities
    for name in NAMES:
        user = User(name, f"AIDA{name}", "/", 0.0)
        plane.run(store.change(lambda _now, draft, user=user: draft.put(user)))
    before = store.now

    async def refuse(*_of: object) -> Any:
        raise AssertionError("all identities are read")

    monkeypatch.setattr(store, "_read", refuse)
    key = AccessKey("AKIA1", "anna", ACTIVE, 0.0, "")
    plane.run(store.change(lambda _now, draft: draft.put(key)))
    assert set(store.now.access_keys) == {"AKIA1"}
    assert store.now is not before
    assert store.now.users is before.users
    reader = {"AWS": "arn:aws:iam::000000000000:user/anna"}
    allow = {"Effect": "Allow", "Principal": reader, "Action": "dynamodb:GetItem", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    plane.call("CreateTable", **on_demand(ResourcePolicy=policy))
    assert len(plane.run(store.refresh()).resource_policies) == 1
    plane.call("DeleteTable", TableName="music")
    plane.run_jobs()
    assert plane.run(store.refresh()).resource_policies == {}
    plane.close()


def test_a_rollback_is_no_listed_change() -> None:
    plane = ControlPlane()
    store = plane.database.identities
    plane.run(store.change(lambda _now, draft: draft.put(User("a", "A", "/", 0.0))))
    snapshot = plane._engine.snapshot()
    plane.run(store.change(lambda _now, draft: draft.put(User("b", "B", "/", 0.0))))
    plane.run(roll_back(plane._engine, snapshot))
    assert set(plane.run(store.refresh()).users) == {"a"}
    plane.run(store.change(lambda _now, draft: draft.put(User("c", "C", "/", 0.0))))
    assert set(store.now.users) == {"a", "c"}
    plane.close()


def test_many_who_wait_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = ControlPlane()
    store = plane.database.identities
    plane.run(store.change(lambda _now, draft: draft.put(User("a", "A", "/", 0.0))))
    plane.restart()
    store = plane.database.identities
    reads = []
    read = store._read

    async def counted() -> Any:
        reads.append(1)
        await asyncio.sleep(0)
        return await read()

    monkeypatch.setattr(store, "_read", counted)

    async def all_at_once() -> None:
        await asyncio.gather(*(store.refresh() for _ in range(10)))

    plane.run(all_at_once())
    assert len(reads) == 1
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


def test_groups_are_all_found_while_another_thread_looks_for_them() -> None:
    """As of SimulatePrincipalPolicy; with some of them a request is decided without a denial."""
    groups = [Group(name, name, "/", 0.0, users=["ada"]) for name in "abc"]
    meanwhile: list[list[Group]] = []

    class Interrupted(dict[str, Group]):
        def values(self) -> Any:
            for group in groups:
                yield group
                if not meanwhile:
                    meanwhile.append([])
                    meanwhile[0] = list(identities.groups_of("ada"))

    identities = Identities(groups=Interrupted())
    assert identities.groups_of("ada") == groups
    assert meanwhile == [groups]
