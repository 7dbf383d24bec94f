"""Keys whose deletion is due: what is deleted with them, and that later changes stay."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.kernel.store import Store
from jedlik.services.kms import store
from jedlik.services.kms.alias import Alias
from jedlik.services.kms.errors import LimitExceededException, NotFoundException
from jedlik.services.kms.operations.aliases import create_alias, update_alias
from jedlik.services.kms.operations.grants import create_grant
from jedlik.services.kms.operations.keys import create_key, schedule_key_deletion
from jedlik.services.kms.store import MAX_ALIASES, find_key, list_aliases
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane

DAY = 86_400.0


def _key(plane: ControlPlane) -> str:
    made: str = plane.run(create_key(plane.database, {}))["KeyMetadata"]["KeyId"]
    return made


def _expired(plane: ControlPlane) -> str:
    """A key with two aliases, whose deletion is due."""
    key = _key(plane)
    for name in ("alias/one", "alias/two"):
        plane.run(create_alias(plane.database, {"AliasName": name, "TargetKeyId": key}))
    payload = {"KeyId": key, "PendingWindowInDays": 7}
    plane.run(schedule_key_deletion(plane.database, payload))
    plane.clock.advance(7 * DAY)
    return key


def _version(plane: ControlPlane) -> bytes | None:
    return plane.run(plane.database.engine.read((CATALOG_VERSION,)))[0]


def test_a_keys_aliases_go_with_it_and_other_processes_notice(plane: ControlPlane) -> None:
    key = _expired(plane)
    before = _version(plane)
    with pytest.raises(NotFoundException):
        plane.run(find_key(plane.database, key))
    assert plane.run(list_aliases(plane.database)) == []
    assert _version(plane) != before


def test_an_alias_that_was_given_another_key_meanwhile_stays(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = _expired(plane), _key(plane)
    listed = store.list_aliases

    async def then_updated(database: Store) -> list[tuple[str, Alias]]:
        found = await listed(database)
        monkeypatch.undo()
        payload = {"AliasName": "alias/one", "TargetKeyId": other}
        await update_alias(database, payload)
        return found

    monkeypatch.setattr(store, "list_aliases", then_updated)
    with pytest.raises(NotFoundException):
        plane.run(find_key(plane.database, key))
    ((name, alias),) = plane.run(list_aliases(plane.database))
    assert (name, alias.target) == ("alias/one", other)


def test_the_last_place_for_an_alias_is_taken_once(plane: ControlPlane) -> None:
    key = _key(plane)

    async def create(number: int) -> bool:
        payload = {"AliasName": f"alias/{number}", "TargetKeyId": key}
        try:
            await create_alias(plane.database, payload)
        except LimitExceededException:
            return False
        return True

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(create(number) for number in range(MAX_ALIASES + 3)))

    made = plane.run(all_at_once())
    assert made.count(True) == MAX_ALIASES == len(plane.run(list_aliases(plane.database)))
    # What leads there already may be given it again; what leads elsewhere may not.
    ours = made.index(True)
    plane.run(update_alias(plane.database, {"AliasName": f"alias/{ours}", "TargetKeyId": key}))
    other = _key(plane)
    plane.run(create_alias(plane.database, {"AliasName": "alias/other", "TargetKeyId": other}))
    with pytest.raises(LimitExceededException):
        plane.run(update_alias(plane.database, {"AliasName": "alias/other", "TargetKeyId": key}))


def test_a_catalog_that_never_rests_ends_in_a_refusal(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, tries = _key(plane), 0

    def changed(_self: object, _values: object) -> None:
        nonlocal tries
        tries += 1
        raise CatalogChanged

    monkeypatch.setattr(store._PutAlias, "decide", changed)
    with pytest.raises(StorageUnavailable):
        plane.run(create_alias(plane.database, {"AliasName": "alias/a", "TargetKeyId": key}))
    assert tries == MAX_RESTARTS


def test_a_long_record_is_decoded_once(plane: ControlPlane) -> None:
    """Otherwise a megabyte of grants would delay all others at each use of the key."""
    key, short = _key(plane), _key(plane)
    grant = {
        "KeyId": key,
        "GranteePrincipal": "arn:aws:iam::000000000000:user/ada",
        "Operations": ["Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"n" * 20_000: "v"}},
    }
    plane.run(create_grant(plane.database, grant))
    found = plane.run(find_key(plane.database, key))
    assert plane.run(find_key(plane.database, key)) is found
    assert plane.run(find_key(plane.database, short)) is not plane.run(
        find_key(plane.database, short)
    )
    plane.run(create_grant(plane.database, grant))
    assert len(plane.run(find_key(plane.database, key)).grants) == 2
    assert len(found.grants) == 1
