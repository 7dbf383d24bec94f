"""The link to a region on another server.

Before anything else, and every minute, the two servers introduce themselves: the versions of the
protocol that they speak, their region, and the time. An unexpected region is refused, and so is a
server without a version in common. If the clocks differ by more than a second, this is logged,
since they decide which writer is later.

Calls are JSON, compressed, signed and, except between servers on the same machine, over TLS. One
call is made at a time, from the link's own thread (see `kernel.remote`), so that a peer that does
not answer delays nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.kernel.metrics.metric import MILLISECONDS, Metric
from jedlik.kernel.metrics.recorder import Gauge
from jedlik.kernel.remote.client import RemoteClient, RemoteError, RemoteService, Unreachable
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.metering.metric_names import OWN_NAMESPACE
from jedlik.services.dynamodb.recording.versions import MICROSECONDS
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Change,
    Greeting,
    KeyInaccessible,
    LinkDown,
    PositionMismatch,
    Receipt,
    ReplicaExpelled,
    ReplicaRefused,
    Welcome,
)
from jedlik.services.dynamodb.replication.membership import DETACH
from jedlik.services.dynamodb.replication.peers import wire
from jedlik.services.dynamodb.replication.peers.protocol import PREFIX, SIGNED_AS, VERSIONS

SERVICE: Final = RemoteService(SIGNED_AS, PREFIX, "application/x-amz-json-1.1")
INTRODUCTION_SECONDS: Final = 60.0
MAX_CLOCK_OFFSET: Final = 1.0
"""Seconds by which clocks may differ before this is logged."""
BYTES_A_CALL: Final = 1024 * 1024
"""Stored bytes of the items in one call; the JSON of a single item may be larger."""

_TABLE_REFUSALS: Final[dict[str, type[ReplicaRefused]]] = {
    "AccessDeniedException": ReplicaRefused,
    "KeyInaccessibleException": KeyInaccessible,
    "ReplicaExpelledException": ReplicaExpelled,
    "ReplicaRefusedException": ReplicaRefused,
    "ValidationException": ReplicaRefused,
}
"""Refusals that concern one table, while others go on."""

_NEEDED: Final = {DETACH: 2}
"""The version of the protocol that a message needs, if it is not in the first."""

_log = logging.getLogger(__name__)


class PeerLink:
    """See `RegionLink`: to `region`, on the server that `client` calls."""

    def __init__(self, database: Database, region: str, url: str, client: RemoteClient) -> None:
        self.region = region
        self._database = database
        self._url = url
        self._client = client
        self._thread = ThreadPoolExecutor(1, f"peer-{region}")
        self._turn = asyncio.Lock()
        self._version = 0
        self._introduce_at = 0.0
        self._far = False
        """Whether the clocks were too far apart at the last check."""

    async def meet(self) -> None:
        """See RegionLink."""
        async with self._turn:
            await self._introduce()

    async def control(self, message: dict[str, Any]) -> dict[str, Any]:
        """See RegionLink."""
        async with self._turn:
            await self._introduce()
            needed = _NEEDED.get(message["do"], 1)
            if self._version < needed:
                raise LinkDown(
                    f"{self._url} speaks version {self._version} of the replication protocol, and "
                    f"this takes version {needed}: bring it up to date"
                )
            try:
                return await self._call(f"{self._version}.Control", message)
            except RemoteError as error:
                raise _control_error(error) from None

    async def greet(self, greeting: Greeting) -> Welcome:
        """See RegionLink."""
        return wire.read_welcome(await self._data("Greet", wire.greeting_json(greeting)))

    async def send(self, batch: Batch) -> Receipt:
        """See RegionLink. A batch that is too large for one call is sent in several. Only the last
        one has the batch's span, so that no part counts before all have come."""
        applied = 0
        *parts, last = _parts(batch.changes)
        for part in parts:
            some = batch._replace(span=None, changes=part, complete_at=0)
            receipt = wire.read_receipt(await self._data("Send", wire.batch_json(some)))
            applied += receipt.applied
        rest = batch._replace(changes=last)
        receipt = wire.read_receipt(await self._data("Send", wire.batch_json(rest)))
        return receipt._replace(applied=applied + receipt.applied)

    async def _data(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        async with self._turn:
            await self._introduce()
            try:
                return await self._call(f"{self._version}.{operation}", payload)
            except RemoteError as error:
                if error.name == "PositionMismatchException":
                    raise PositionMismatch from None
                refusal = _TABLE_REFUSALS.get(error.name)
                if refusal is not None:
                    raise refusal(error.message) from None
                self._version = 0
                raise LinkDown(f"{self._url} answers {error}") from None

    async def _introduce(self) -> None:
        """Introduce this server, unless that was done a moment ago. Raises LinkDown."""
        clock = self._database.clock
        if self._version and clock.monotonic() < self._introduce_at:
            return
        self._version = 0
        before = clock.now()
        hello = {"region": self._database.arns.region, "versions": list(VERSIONS)}
        try:
            answer = await self._call("Introduce", hello)
            versions, region, time = answer["versions"], answer["region"], answer["clock"]
            common = max({*VERSIONS} & {*versions}, default=0)
            offset = time / MICROSECONDS - (before + clock.now()) / 2
        except RemoteError as error:
            reason = f"{self._url} does not take this server for a peer: {error}"
            raise LinkDown(reason) from None
        except (KeyError, TypeError) as error:
            raise LinkDown(f"{self._url} is not a server with replicas: {error!r}") from None
        if not common:
            raise LinkDown(
                f"{self._url} speaks version {versions} of the replication protocol, and this "
                f"server {list(VERSIONS)}: bring the older one up to date"
            )
        if region != self.region:
            raise LinkDown(f"{self._url} is {region}, and not {self.region} as --peer says")
        self._note_clock(offset)
        self._version = common
        self._introduce_at = clock.monotonic() + INTRODUCTION_SECONDS

    def _note_clock(self, offset: float) -> None:
        to = (("ReceivingRegion", self.region),)
        shown = Metric(OWN_NAMESPACE, "PeerClockOffset", to, MILLISECONDS)
        self._database.metrics.distribution(shown, Gauge).add(offset * 1000)
        far = abs(offset) > MAX_CLOCK_OFFSET
        if far and not self._far:
            _log.warning(
                "the clock of %s is %.1f s %s this one: the later writer wins by these clocks",
                *(self.region, abs(offset), "ahead of" if offset > 0 else "behind"),
            )
        self._far = far

    async def _call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        call = partial(self._client.call, operation, payload, compressed=True)
        answering = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            answer: dict[str, Any] = await answering
        except Unreachable as error:
            self._version = 0
            raise LinkDown(str(error)) from None
        finally:
            if answering.cancelled():  # the thread is needed for the next call
                self._client.abort()
        if type(answer) is not dict:
            self._version = 0
            raise LinkDown(
                f"{self._url} is not a server with replicas: its answer is not an object"
            )
        return answer


def _parts(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes in parts that fit into a call; at least one part."""
    parts: list[list[Change]] = [[]]
    size = 0
    for change in changes:
        size += len(change.stored or b"")
        if parts[-1] and size > BYTES_A_CALL:
            parts.append([])
            size = len(change.stored or b"")
        parts[-1].append(change)
    return parts


def _control_error(error: RemoteError) -> Exception:
    """A region's error for a control message: its refusal, or that it is out of order."""
    if error.status >= 500:
        return LinkDown(str(error))
    if error.name == "ValidationException":
        return ValidationException(error.message)
    return RemoteRefusal(error.name, error.message)


class RemoteRefusal(ServiceError):
    """Another server's refusal, under the name that the server gave."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
