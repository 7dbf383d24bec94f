"""A server has room for so many accounts."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.app.realms import admission
from jedlik.app.realms.admission import Admission
from jedlik.base.errors import LimitExceededException
from jedlik.kernel.realms import Realm
from jedlik.storage.memory import MemoryEngine
from tests.store_task import Store

HOME = "000000000000"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> MemoryEngine:
    """One that has the accounts ...1 and ...2, and a second region of the server's own."""
    monkeypatch.setattr(admission, "MAX_ACCOUNTS", 3)
    engine = MemoryEngine()

    async def fill() -> None:
        realms = [(HOME, "eu-west-1"), (_account(1), "us-east-1"), (_account(1), "eu-west-1")]
        for account, region in (*realms, (_account(2), "us-east-1")):
            await engine.write(Store(Realm(account, region).prefix + b"row", b""))

    asyncio.run(fill())
    return engine


def _account(number: int) -> str:
    return f"{number:012}"


def test_accounts_that_exist_count_and_go_on(engine: MemoryEngine) -> None:
    async def scenario() -> None:
        found = Admission(engine, HOME)
        for number in (1, 3, 3, 2):
            await found.check(_account(number))
        with pytest.raises(LimitExceededException, match="has 3 accounts besides its own"):
            await found.check(_account(4))
        await found.check(_account(3))

    asyncio.run(scenario())


def test_accounts_of_other_processes_count(engine: MemoryEngine) -> None:
    async def scenario() -> None:
        found = Admission(engine, HOME)
        await found.check(_account(1))
        found.note([Realm(_account(number), "us-east-1") for number in (1, 2, 5)])
        with pytest.raises(LimitExceededException):
            await found.check(_account(4))
        await found.check(_account(5))

    asyncio.run(scenario())
