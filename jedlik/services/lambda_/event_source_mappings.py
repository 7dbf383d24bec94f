"""Event source mappings in storage, with the positions of each and the result of its last batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import orjson

from jedlik.base.bounded_cache import BoundedCache
from jedlik.kernel.catalog_version import next_version
from jedlik.kernel.keyspaces import (
    EVENT_SOURCE_MAPPINGS,
    MAPPINGS_VERSION,
    checkpoints_key,
    lease_key,
    mapping_key,
    processing_result_key,
)
from jedlik.kernel.rows import read_in_turns
from jedlik.services.dynamodb.streams.checkpoints import Checkpoints, encode_checkpoints
from jedlik.services.lambda_.errors import FunctionNotFoundException, ResourceConflictException
from jedlik.services.lambda_.mapping_model import EventSourceMapping, mapping_from_json
from jedlik.storage.engine import Changes, Engine, Value

NOTHING_YET = "No records processed"


_decoded: Final[BoundedCache[bytes, EventSourceMapping]] = BoundedCache(8 * 1024 * 1024)
_WEIGHT: Final = 5
"""Bytes of a mapping in memory for each byte of its description."""


def decode_mapping(stored: bytes) -> EventSourceMapping:
    """A mapping from its stored description. Every process reads all mappings every second."""
    return _decoded.get(stored) or _decoded.put(
        stored, mapping_from_json(orjson.loads(stored)), len(stored) * _WEIGHT
    )


def lease_name(mapping: str) -> str:
    """The lease under which a mapping's records are delivered."""
    return f"trigger/{mapping}"


async def get_mapping(engine: Engine, uuid: str) -> tuple[EventSourceMapping, str]:
    """The mapping and its LastProcessingResult. Raises FunctionNotFoundException."""
    stored, result = await engine.read((mapping_key(uuid), processing_result_key(uuid)))
    if stored is None:
        raise FunctionNotFoundException
    return decode_mapping(stored), NOTHING_YET if result is None else result.decode()


async def results_of(engine: Engine, mappings: Sequence[EventSourceMapping]) -> list[str]:
    """The LastProcessingResult of each mapping."""
    found = await engine.read([processing_result_key(mapping.uuid) for mapping in mappings])
    return [NOTHING_YET if result is None else result.decode() for result in found]


async def all_mappings(engine: Engine) -> list[EventSourceMapping]:
    """All mappings, in the order of their UUIDs."""
    return await read_in_turns(
        engine, EVENT_SOURCE_MAPPINGS, lambda _, stored: decode_mapping(stored)
    )


class TwinsMoved(Exception):
    """Mappings were created since twins were searched for; the search has to be repeated."""


class Twins:
    """The mappings of one stream and function: the service allows only one.

    They are searched for before a commit and depend on a version that every new one changes, so of
    two concurrent requests one finds it changed.
    """

    def __init__(
        self, seen: Value, stream_arn: str, function: str, found: Sequence[EventSourceMapping]
    ) -> None:
        self._seen = seen
        self._stream_arn = stream_arn
        self._function = function
        self._found = found
        self.keys = (MAPPINGS_VERSION, *(mapping_key(twin.uuid) for twin in found))

    @classmethod
    async def of(
        cls, engine: Engine, stream_arn: str, function: str, besides: str | None = None
    ) -> Twins:
        """The current ones, without the one with the UUID `besides`."""
        (seen,) = await engine.read((MAPPINGS_VERSION,))
        found = [
            each
            for each in await all_mappings(engine)
            if (each.stream_arn, each.function) == (stream_arn, function) and each.uuid != besides
        ]
        return cls(seen, stream_arn, function, found)

    def join(self, values: Sequence[Value]) -> dict[bytes, Value]:
        """The changes for one more, given the values of `keys` under lock.

        Raises ResourceConflictException if one exists already, and TwinsMoved.
        """
        version, *stored = values
        for twin, value in zip(self._found, stored, strict=True):
            if value is not None:
                raise ResourceConflictException(
                    f'The event source arn (" {self._stream_arn} ") and function '
                    f'(" {self._function} ") provided mapping already exists. Please update or '
                    f"delete the existing mapping with UUID {twin.uuid}"
                )
        if version != self._seen:
            raise TwinsMoved
        return {MAPPINGS_VERSION: next_version(version)}


class CreateMapping:
    """Store a mapping with its first checkpoints. Raises the errors of `Twins.join`."""

    def __init__(self, mapping: EventSourceMapping, checkpoints: Checkpoints, twins: Twins) -> None:
        self._mapping = mapping
        self._checkpoints = checkpoints
        self._twins = twins
        self.keys = twins.keys

    def decide(self, values: Sequence[Value]) -> Changes[EventSourceMapping]:
        mapping = self._mapping
        changes = self._twins.join(values)
        changes[mapping_key(mapping.uuid)] = orjson.dumps(mapping)
        if self._checkpoints:
            changes[checkpoints_key(mapping.uuid)] = encode_checkpoints(self._checkpoints)
        return Changes(changes, mapping)


class ChangeMapping:
    """Store the mapping that `change` returns; `twins` are those of its function.

    Raises FunctionNotFoundException, and the errors of `Twins.join`.
    """

    def __init__(
        self,
        uuid: str,
        change: Callable[[EventSourceMapping], EventSourceMapping],
        twins: Twins | None = None,
    ) -> None:
        self._change = change
        self._twins = twins
        self.keys = (mapping_key(uuid), *(twins.keys if twins else ()))

    def decide(self, values: Sequence[Value]) -> Changes[EventSourceMapping]:
        if values[0] is None:
            raise FunctionNotFoundException
        changes = self._twins.join(values[1:]) if self._twins else {}
        after = self._change(decode_mapping(values[0]))
        changes[self.keys[0]] = orjson.dumps(after)
        return Changes(changes, after)


class DeleteMapping:
    """Remove a mapping and its checkpoints.

    Its lease goes too, so that a worker that still delivers for it notices before the next
    checkpoint. Raises FunctionNotFoundException.
    """

    def __init__(self, uuid: str) -> None:
        self._to_delete = (
            checkpoints_key(uuid),
            processing_result_key(uuid),
            lease_key(lease_name(uuid)),
        )
        self.keys = (mapping_key(uuid),)

    def decide(self, values: Sequence[Value]) -> Changes[EventSourceMapping]:
        if values[0] is None:
            raise FunctionNotFoundException
        changes: dict[bytes, Value] = {self.keys[0]: None, **dict.fromkeys(self._to_delete)}
        return Changes(changes, decode_mapping(values[0]))
