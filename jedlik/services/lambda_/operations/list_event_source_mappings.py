"""ListEventSourceMappings."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.event_source_mappings import all_mappings, results_of
from jedlik.services.lambda_.names import parse_function_name
from jedlik.services.lambda_.operations.descriptions import describe_mapping
from jedlik.services.lambda_.operations.operation import Host, Payload

PAGE = 100


async def list_event_source_mappings(host: Host, payload: Payload) -> dict[str, Any]:
    """Mappings in the order of their UUIDs, of one function or stream if requested."""
    engine, arns = host.database.engine, host.database.arns
    arn, function = payload.get("EventSourceArn"), payload.get("FunctionName")
    name = parse_function_name(function).name if function else None
    after = payload.get("Marker") or ""
    limit = min(payload.get("MaxItems") or PAGE, PAGE)
    found = [
        each
        for each in await all_mappings(engine)
        if each.uuid > after
        and (arn is None or each.stream_arn == arn)
        and (name is None or each.function == name)
    ]
    page = found[:limit]
    results = await results_of(engine, page)
    described = [describe_mapping(arns, *each) for each in zip(page, results, strict=True)]
    answer: dict[str, Any] = {"EventSourceMappings": described}
    if len(found) > limit:
        answer["NextMarker"] = page[-1].uuid
    return answer
