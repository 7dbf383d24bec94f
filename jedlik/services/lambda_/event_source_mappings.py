"""Event source mappings in storage, with how far each has come and how its last batch went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from jedlik.kernel.keyspaces import (
    EVENT_SOURCE_MAPPINGS,
    checkpoints_key,
    lease_key,
    mapping_key,
    processing_result_key,
)
from jedlik.services.dynamodb.streams.checkpoints import Checkpoints, encode_checkpoints
from jedlik.services.lambda_.errors import FunctionNotFoundException, ResourceConflictException
from jedlik.services.lambda_.mapping_model import EventSourceMapping, mapping_from_json
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.values.keybytes import successor

NOTHING_YET = "No records processed"
_PAGE = 1000


def decode_mapping(stored: bytes) -> EventSourceMapping:
    """A mapping from its stored description."""
    return mapping_from_json(orjson.loads(stored))


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
    low = EVENT_SOURCE_MAPPINGS
    mappings: list[EventSourceMapping] = []
    more = True
    while more:
        page = await engine.range(low, successor(EVENT_SOURCE_MAPPINGS), limit=_PAGE)
        mappings += [decode_mapping(stored) for _, stored in page.rows]
        more = page.more
        low = page.rows[-1][0] + b"\x00" if page.rows else low
    return mappings


class CreateMapping:
    """Store a mapping with its first checkpoints.

    `twins` are the keys of mappings of the same stream and function that are known: the service
    takes one only. Raises ResourceConflictException where one of them is still there.
    """

    def __init__(
        self,
        mapping: EventSourceMapping,
        checkpoints: Checkpoints,
        twins: Sequence[EventSourceMapping],
    ) -> None:
        self._mapping = mapping
        self._checkpoints = checkpoints
        self._twins = twins
        self.keys = (mapping_key(mapping.uuid), *(mapping_key(twin.uuid) for twin in twins))

    def decide(self, values: Sequence[Value]) -> Changes[EventSourceMapping]:
        mapping = self._mapping
        for twin, stored in zip(self._twins, values[1:], strict=True):
            if stored is not None:
                raise ResourceConflictException(
                    f'The event source arn (" {mapping.stream_arn} ") and function '
                    f'(" {mapping.function} ") provided mapping already exists. Please update or '
                    f"delete the existing mapping with UUID {twin.uuid}"
                )
        changes: dict[bytes, Value] = {self.keys[0]: orjson.dumps(mapping)}
        if self._checkpoints:
            changes[checkpoints_key(mapping.uuid)] = encode_checkpoints(self._checkpoints)
        return Changes(changes, mapping)


class ChangeMapping:
    """Store what `change` makes of a mapping. Raises FunctionNotFoundException."""

    def __init__(
        self, uuid: str, change: Callable[[EventSourceMapping], EventSourceMapping]
    ) -> None:
        self._change = change
        self.keys = (mapping_key(uuid),)

    def decide(self, values: Sequence[Value]) -> Changes[EventSourceMapping]:
        if values[0] is None:
            raise FunctionNotFoundException
        after = self._change(decode_mapping(values[0]))
        return Changes({self.keys[0]: orjson.dumps(after)}, after)


class DeleteMapping:
    """Remove a mapping and its checkpoints.

    Its lease goes too, so that whoever still delivers for it notices before the next checkpoint.
    Raises FunctionNotFoundException.
    """

    def __init__(self, uuid: str) -> None:
        self._doomed = (
            checkpoints_key(uuid),
            processing_result_key(uuid),
            lease_key(lease_name(uuid)),
        )
        self.keys = (mapping_key(uuid),)

    def decide(self, values: Sequence[Value]) -> Changes[EventSourceMapping]:
        if values[0] is None:
            raise FunctionNotFoundException
        changes: dict[bytes, Value] = {self.keys[0]: None, **dict.fromkeys(self._doomed)}
        return Changes(changes, decode_mapping(values[0]))
