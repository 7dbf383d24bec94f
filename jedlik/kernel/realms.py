"""Regions and accounts on one engine, each with its own store.

A *realm* is one account in one region. The keys of the home realm have no prefix, so that a server
with one region has no overhead, and an old directory can be opened unchanged. The keys of every
other realm begin with its account and region:

    20 account (12) region 00    then a key as the home realm has them

No region's name contains the byte 00, so the keys of realms do not overlap.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from jedlik.kernel.keyspaces import REALMS
from jedlik.storage.engine import Reads
from jedlik.values.keybytes import successor

ACCOUNT_SIZE: Final = 12
_REGION: Final = re.compile(r"[a-z]{2,}(-[a-z]+)+-[1-9][0-9]?").fullmatch
_ACCOUNT: Final = re.compile(r"[0-9]{12}").fullmatch
_END: Final = b"\x00"


class Realm(NamedTuple):
    """One account in one region."""

    account: str
    region: str

    @property
    def prefix(self) -> bytes:
        """The prefix of its keys, if it is not the home realm."""
        return REALMS + f"{self.account}{self.region}".encode("latin-1") + _END

    @property
    def is_sound(self) -> bool:
        """Whether account and region have valid forms."""
        return is_account(self.account) and is_region(self.region)

    def label(self, home_account: str) -> str:
        """Its name next to the home realm: its region, and its account if that differs."""
        return self.region if self.account == home_account else f"{self.account}/{self.region}"


def is_region(name: str) -> bool:
    """Whether a text has the form of a region's name, such as eu-west-1."""
    return _REGION(name) is not None


def is_account(text: str) -> bool:
    """Whether a text is an account's number."""
    return _ACCOUNT(text) is not None


async def stored_realms(engine: Reads) -> list[Realm]:
    """The realms besides the home realm that have rows in an engine; takes one read for each."""
    realms: list[Realm] = []
    low, end = REALMS, successor(REALMS)
    while rows := (await engine.range(low, end, limit=1)).rows:
        name = rows[0][0][len(REALMS) :].partition(_END)[0]
        text = name.decode("latin-1")
        realms.append(Realm(text[:ACCOUNT_SIZE], text[ACCOUNT_SIZE:]))
        low = REALMS + name + bytes((_END[0] + 1,))
    return realms
