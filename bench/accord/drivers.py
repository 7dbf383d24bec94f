"""The drivers that can be had from Python, behind one small interface for asyncio.

Not scyllapy: its rows are dicts without the order of their columns, and it has no wheel for Linux
on ARM.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol

import acsylla
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import (
    ConstantReconnectionPolicy,
    FallthroughRetryPolicy,
    RoundRobinPolicy,
    TokenAwarePolicy,
)
from cassandra.query import tuple_factory

Cells = tuple[Any, ...]
SECONDS: Final = 12.0
"""That a request may take."""


class Driver(Protocol):
    """Connections to a cluster. No request is sent a second time by itself: its outcome counts."""

    async def connect(self, hosts: Sequence[str]) -> None: ...

    async def prepare(self, text: str) -> Any:
        """A statement for `run`."""
        ...

    async def run(self, statement: Any, values: Sequence[Any] = ()) -> list[Cells]:
        """The rows. A statement that is a text is sent as such, with its values."""
        ...

    async def close(self) -> None: ...


class Acsylla:
    """acsylla: DataStax's driver in C++, awaited."""

    async def connect(self, hosts: Sequence[str]) -> None:
        self._cluster = acsylla.create_cluster(
            list(hosts),
            consistency=acsylla.Consistency.QUORUM,
            request_timeout=SECONDS,
            connect_timeout=SECONDS,
            retry_policy="fallthrough",
            constant_reconnect_delay_ms=500,
            log_level="critical",
        )
        self._session = await self._cluster.create_session()

    async def prepare(self, text: str) -> Any:
        return await self._session.create_prepared(text)

    async def run(self, statement: Any, values: Sequence[Any] = ()) -> list[Cells]:
        if isinstance(statement, str):
            bound = acsylla.create_statement(statement, parameters=len(values))
        else:
            bound = statement.bind()
        if values:
            bound.bind_list(list(values))
        return [row.as_tuple() for row in await self._session.execute(bound)]

    async def close(self) -> None:
        await self._session.close()


class DataStax:
    """cassandra-driver: the project's own, with threads; its callbacks are brought to the loop."""

    async def connect(self, hosts: Sequence[str]) -> None:
        profile = ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(RoundRobinPolicy()),
            retry_policy=FallthroughRetryPolicy(),
            consistency_level=ConsistencyLevel.QUORUM,
            request_timeout=SECONDS,
            row_factory=tuple_factory,
        )
        self._cluster = Cluster(
            list(hosts),
            protocol_version=5,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            reconnection_policy=ConstantReconnectionPolicy(0.5),
        )
        self._session = await asyncio.to_thread(self._cluster.connect)

    async def prepare(self, text: str) -> Any:
        return await asyncio.to_thread(self._session.prepare, text)

    async def run(self, statement: Any, values: Sequence[Any] = ()) -> list[Cells]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Cells]] = loop.create_future()

        def succeed(rows: Any) -> None:
            loop.call_soon_threadsafe(_settle, future, list(rows or ()), None)

        def fail(error: Exception) -> None:
            loop.call_soon_threadsafe(_settle, future, [], error)

        self._session.execute_async(statement, values or None).add_callbacks(succeed, fail)
        return await future

    async def close(self) -> None:
        await asyncio.to_thread(self._cluster.shutdown)


def _settle(
    future: asyncio.Future[list[Cells]], rows: list[Cells], error: Exception | None
) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(rows)
    else:
        future.set_exception(error)


DRIVERS: Final[dict[str, type[Driver]]] = {
    "acsylla": Acsylla,
    "cassandra-driver": DataStax,
}
