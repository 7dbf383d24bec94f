"""When access keys were last used: the first use of every 15 minutes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence

import pytest

from jedlik.kernel.keyspaces import KEY_USES, key_use_key
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from jedlik.services.iam.access_key_last_used import SPAN
from jedlik.services.iam.administrators import make_administrator, revoke_key
from jedlik.services.iam.model import KeyUse
from jedlik.storage.engine import Changes, Value
from tests.control_plane import ControlPlane

NOW = 1_700_000_000.0


class Damage:
    """Write task: something else under a key."""

    keys = ()

    def __init__(self, key: bytes) -> None:
        self._key = key

    def decide(self, _values: Sequence[Value]) -> Changes[None]:
        return Changes({self._key: b"{}"}, None)


class Store(ControlPlane):
    """A database with an access key."""

    def __init__(self) -> None:
        super().__init__()
        self.key = self.run(make_administrator(self.database, "root"))[0].id

    def note(self, now: float, key: str = "", service: str = "dynamodb") -> float:
        async def noted() -> float:
            following = self.database.key_uses.note(key or self.key, service, "eu-west-1", now)
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*tasks)
            return following

        return self.run(noted())

    def last(self) -> KeyUse | None:
        return self.run(self.database.key_uses.last(self.key))


@pytest.fixture
def store() -> Iterator[Store]:
    plane = Store()
    yield plane
    plane.close()


def test_a_key_that_was_never_used(store: Store) -> None:
    assert store.last() is None


def test_only_the_first_use_of_a_span_counts(store: Store) -> None:
    version = store.database.catalog.version
    assert store.note(NOW) == NOW + SPAN
    first = KeyUse(NOW, "dynamodb", "eu-west-1")
    assert store.last() == first
    assert store.note(NOW + SPAN - 1, service="iam") == NOW + SPAN
    assert store.last() == first
    store.note(NOW + SPAN, service="iam")
    assert store.last() == KeyUse(NOW + SPAN, "iam", "eu-west-1")
    store.run(store.database.catalog.refresh())
    assert store.database.catalog.version == version, "a use is no change of the identities"


def test_processes_share_a_span(store: Store) -> None:
    store.note(NOW)
    store.restart()
    store.run(store.database.identities.refresh())
    store.note(NOW + SPAN - 1)
    assert store.last() == KeyUse(NOW, "dynamodb", "eu-west-1")


def test_keys_of_others_are_nothing_to_note(store: Store) -> None:
    for key in ("AKIANOBODY", "ASIASESSION"):
        assert store.note(NOW, key) == math.inf
    assert store.store_is_empty_under(KEY_USES)


def test_a_use_goes_with_its_key(store: Store) -> None:
    store.note(NOW)
    store.run(revoke_key(store.database, store.key))
    assert store.last() is None


def test_a_key_that_went_meanwhile_leaves_nothing(store: Store) -> None:
    store.restart()
    other = store.database
    store.run(other.identities.refresh())
    store.restart()
    store.run(revoke_key(store.database, store.key))
    store.database = other
    store.note(NOW)
    assert store.store_is_empty_under(KEY_USES)


def test_what_is_damaged_is_found(store: Store) -> None:
    store.note(NOW)
    findings: list[Finding] = []

    def verify() -> None:
        store.run(Verification(store.database.engine, findings.append).run())

    verify()
    assert findings == []
    store.run(store.database.engine.write(Damage(key_use_key(store.key))))
    verify()
    assert [finding.problem for finding in findings] == ["does not decode"]
