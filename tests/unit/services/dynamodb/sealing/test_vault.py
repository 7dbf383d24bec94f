"""What a process reads again of key rings, and that it knows them all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from jedlik.crypto.root_key import RootKey
from jedlik.services.dynamodb.background.re_encryption import ReEncryption
from jedlik.services.dynamodb.encryption.root_sealing import seal_store
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot
from jedlik.services.dynamodb.sealing.vault import Vault
from jedlik.services.dynamodb.streams.streams import RETENTION
from jedlik.storage.engine import Page, Reads, Value
from tests.control_plane import on_demand
from tests.keeper import STREAM, Keeper

ROOT = RootKey(bytes(range(32)))


class CountedRows:
    """Reads of an engine, and how many values and rows they gave."""

    def __init__(self, engine: Reads) -> None:
        self._engine = engine
        self.count = 0

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        self.count += len(keys)
        return await self._engine.read(keys)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        page = await self._engine.range(low, high, **options)
        self.count += len(page.rows)
        return page


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    plane = Keeper()
    yield plane
    plane.close()


def new_vault(keeper: Keeper, engine: Reads | None = None) -> Vault:
    database = keeper.database
    return Vault(engine or database.store, database.arns, str, keeper.root_key)


def known(snapshot: KeyRingSnapshot) -> dict[int, tuple[object, ...]]:
    """What a snapshot says of each table."""
    return {
        table_id: (ring.model, sorted(ring.streams), ring.masters, repr(ring.failure))
        for table_id, ring in snapshot.rings.items()
    }


def make(keeper: Keeper, name: str, key: str, **members: Any) -> None:
    specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    keeper.call("CreateTable", **on_demand(name, "pk"), SSESpecification=specification, **members)


def test_what_was_read_of_changes_is_what_all_rings_are(keeper: Keeper) -> None:
    one, other = keeper.new_key(), keeper.new_key()
    vault = new_vault(keeper)
    steps: list[Callable[[], object]] = [
        lambda: make(keeper, "a", one),
        lambda: make(keeper, "b", other, StreamSpecification=STREAM),
        lambda: keeper.call("CreateTable", **on_demand("plain", "pk")),
        lambda: keeper.call("UpdateTable", TableName="a", StreamSpecification=STREAM),
        lambda: keeper.call("UpdateTable", TableName="plain", StreamSpecification=STREAM),
        lambda: keeper.key_service("DisableKey", KeyId=one),
        lambda: keeper.key_service("EnableKey", KeyId=one),
        lambda: keeper.call("UpdateTable", TableName="b", SSESpecification={"Enabled": False}),
        keeper.re_encrypt,
        lambda: keeper.call("DeleteTable", TableName="a"),
        keeper.run_jobs,
        lambda: make(keeper, "a", one),
        lambda: keeper.pass_seconds(RETENTION + 7200),
        keeper.run_jobs,
        keeper.re_encrypt,
    ]
    sizes = []
    for step in steps:
        step()
        snapshot = keeper.run(vault.load())
        afresh = keeper.run(new_vault(keeper).load())
        assert known(snapshot) == known(afresh)
        assert (snapshot.version, snapshot.changed) == (afresh.version, afresh.changed)
        assert snapshot._by_prefix == {
            prefix: snapshot.rings[ring.model.table_id]
            for prefix, ring in afresh._by_prefix.items()
        }
        sizes.append((len(snapshot.rings), sum(len(r.streams) for r in snapshot.rings.values())))
    assert sizes[:4] == [(1, 0), (2, 1), (2, 1), (2, 2)]
    assert sizes[-1] == (1, 0), "the first table's ring went with its stream, the second's before"


def test_the_ring_of_the_store_is_a_change_of_them_all(keeper: Keeper) -> None:
    make(keeper, "a", keeper.new_key())
    keeper.root_key = ROOT
    keeper.restart()
    vault = new_vault(keeper)
    assert keeper.run(vault.load()).root is None
    keeper.run(seal_store(keeper.database))
    snapshot = keeper.run(vault.load())
    assert snapshot.root is ROOT
    assert known(snapshot) == known(keeper.run(new_vault(keeper).load()))


def test_a_change_costs_nothing_that_grows_with_the_tables(keeper: Keeper) -> None:
    key = keeper.new_key()
    costs = []
    for tables in (range(5), range(5, 40)):
        for number in tables:
            make(keeper, f"t{number}", key, StreamSpecification=STREAM)
        counted = CountedRows(keeper.database.store)
        vault = new_vault(keeper, counted)
        keeper.run(vault.load())
        arn = keeper.call("DescribeTable", TableName="t0")["Table"]["TableArn"]
        of_some = []
        for operation, members in (
            ("TagResource", {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]}),
            ("UpdateTable", {"TableName": "t1", "StreamSpecification": {"StreamEnabled": False}}),
            ("DeleteTable", {"TableName": "t2"}),
        ):
            keeper.call(operation, **members)
            counted.count = 0
            keeper.run(vault.load())
            of_some.append(counted.count)
        costs.append(of_some)
        keeper.call("DeleteTable", TableName="t1")
        make(keeper, "t1", key, StreamSpecification=STREAM)
        make(keeper, "t2", key, StreamSpecification=STREAM)
    assert costs[0][0] == costs[1][0] == 2, "the versions alone"
    assert max(costs[1]) < 10


def test_a_worker_drops_the_ring_of_a_table_without_a_stream(keeper: Keeper) -> None:
    make(keeper, "a", keeper.new_key())
    worker = ReEncryption(keeper.database)
    keeper.run(worker.run_once())
    assert keeper.ring() is not None
    keeper.call("DeleteTable", TableName="a")
    keeper.run_jobs()
    keeper.run(worker.run_once())
    assert keeper.ring() is None
    keeper.run(worker.stop())
