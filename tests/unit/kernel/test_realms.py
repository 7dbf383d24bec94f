"""Regions and accounts that share one engine."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from jedlik.kernel.keyspaces import REALMS
from jedlik.kernel.realms import Realm, is_account, is_region, stored_realms
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.memory import MemoryEngine
from jedlik.values.keybytes import successor


@pytest.mark.parametrize("name", ["us-east-1", "eu-west-3", "us-gov-west-1", "mx-central-1"])
def test_names_of_regions(name: str) -> None:
    assert is_region(name)


@pytest.mark.parametrize("name", ["", "local", "us-east", "us-east-1 ", "US-EAST-1", "us-east-0"])
def test_no_regions(name: str) -> None:
    assert not is_region(name)


def test_accounts_have_twelve_digits() -> None:
    assert is_account("123456789012")
    assert not any(map(is_account, ("12345678901", "1234567890123", "AKIAAAAAAAAA", "")))


def test_no_realm_lies_within_another() -> None:
    realms = [
        Realm("1" * 12, "eu-west-1"),
        Realm("1" * 12, "eu-west-10"),
        Realm("2" * 12, "eu-west-1"),
    ]
    ranges = sorted((realm.prefix, successor(realm.prefix) or b"") for realm in realms)
    for (_, end), (low, _) in pairwise(ranges):
        assert end <= low


def test_realms_are_found_by_what_they_hold() -> None:
    realms = [
        Realm("1" * 12, "eu-west-1"),
        Realm("1" * 12, "eu-west-10"),
        Realm("2" * 12, "us-east-1"),
    ]

    async def run() -> list[Realm]:
        engine = MemoryEngine()
        rows = {realm.prefix + key: b"" for realm in realms for key in (b"", b"\x01v", b"\xff")}
        await engine.write(BlindWrite({b"\x01v": b"", b"\xff": b"", **rows}))
        return await stored_realms(engine)

    assert asyncio.run(run()) == realms


def test_keys_of_no_realm_are_shown_and_passed_over() -> None:
    async def run() -> list[Realm]:
        engine = MemoryEngine()
        keys = (
            REALMS,
            REALMS + b"\xff\xfe",
            REALMS + b"x\0\0",
            Realm("1" * 12, "eu-west-1").prefix,
        )
        await engine.write(BlindWrite(dict.fromkeys(keys, b"")))
        return await stored_realms(engine)

    found = asyncio.run(run())
    assert [realm.is_sound for realm in found] == [False, True, False, False]
