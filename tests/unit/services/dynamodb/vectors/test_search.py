"""Random writes and searches, against a brute-force model over a plain dict of items."""

from __future__ import annotations

import math
import struct
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.vectors import search
from tests.control_plane import ControlPlane, attributes, on_demand
from tests.properties import examples

Item = dict[str, Any]

DIMENSIONS = 3
NUMBERS = ["0", "1", "-1", "0.5", "0.1", "-2.25", "3E+10", "1E-40"]
DISTANCES = ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")

vectors = st.lists(st.sampled_from(NUMBERS), min_size=DIMENSIONS, max_size=DIMENSIONS)
texts = st.sampled_from(["x", "y"]).map(lambda text: {"S": text})
identities = st.sampled_from("abcdefgh").map(lambda text: {"p": {"S": text}})
items = st.builds(
    lambda key, rest: {**key, **rest},
    identities,
    st.fixed_dictionaries(
        {},
        optional={
            "v": vectors.map(lambda each: {"L": [{"N": number} for number in each]}),
            "t": texts,
            "c": texts,
            "o": texts,
        },
    ),
)
writes = st.tuples(st.sampled_from(["put", "update"]), items) | st.tuples(
    st.just("delete"), identities
)


def _index(distance: str, *, late: bool) -> Item:
    return {
        "IndexName": ("late-" if late else "early-") + distance.lower(),
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": DIMENSIONS,
        "DistanceFunction": distance,
        "SearchSchema": [
            {"AttributeName": "t", "SearchSchemaElementType": "HASH"},
            {"AttributeName": "c", "SearchSchemaElementType": "INLINE_FILTER"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def _write(plane: ControlPlane, history: list[tuple[str, Item]], model: dict[str, Item]) -> None:
    for kind, item in history:
        name = item["p"]["S"]
        if kind == "put":
            plane.call("PutItem", TableName="t", Item=item)
            model[name] = item
        elif kind == "expire":
            _expire(plane, item, model)
        elif kind == "delete":
            plane.call("DeleteItem", TableName="t", Key=item)
            model.pop(name, None)
        else:
            rest = {each: value for each, value in item.items() if each != "p"}
            updates = {each: {"Value": value, "Action": "PUT"} for each, value in rest.items()}
            plane.call("UpdateItem", TableName="t", Key={"p": item["p"]}, AttributeUpdates=updates)
            model[name] = {**model.get(name, {"p": item["p"]}), **item}


def _expire(plane: ControlPlane, key: Item, model: dict[str, Item]) -> None:
    """Let the item of a key expire, if it is there."""
    if model.pop(key["p"]["S"], None) is not None:
        past = {"x": {"Value": {"N": "1600000000"}, "Action": "PUT"}}
        plane.call("UpdateItem", TableName="t", Key=key, AttributeUpdates=past)
        plane.run_jobs()
        plane.pass_seconds(60.0)
        plane.run_jobs()


def _floats(vector: list[dict[str, str]]) -> tuple[float, ...]:
    packed = struct.pack(f"<{len(vector)}f", *[float(each["N"]) for each in vector])
    return struct.unpack(f"<{len(vector)}f", packed)


def _score(distance: str, one: tuple[float, ...], other: tuple[float, ...]) -> float:
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    if distance == "DOT_PRODUCT":
        return product
    if distance == "EUCLIDEAN":
        return math.dist(one, other)
    lengths = math.sqrt(math.fsum(a * a for a in one)) * math.sqrt(math.fsum(a * a for a in other))
    return 1 - product / lengths if lengths else 1.0


def _searched(
    plane: ControlPlane,
    model: dict[str, Item],
    index: Item,
    numbers: list[str],
    scope: tuple[Item, Item | None],
    count: int,
) -> None:
    """A search finds what looking at everything finds."""
    tenant, colour = scope
    wanted = [{"N": number} for number in numbers]
    condition, values = "t = :t", {":t": tenant}
    if colour is not None:
        condition, values = "t = :t AND c = :c", {":t": tenant, ":c": colour}
    found = plane.call(
        "SearchVectors",
        TableName="t",
        IndexName=index["IndexName"],
        SearchVector=wanted,
        TopK=count,
        SearchConditionExpression=condition,
        ExpressionAttributeValues=values,
    )["SearchResults"]
    distance = index["DistanceFunction"]
    scores = {
        name: _score(distance, _floats(wanted), _floats(item["v"]["L"]))
        for name, item in model.items()
        if "v" in item and item.get("t") == tenant and (colour is None or item.get("c") == colour)
    }
    best = sorted(scores.values(), reverse=distance == "DOT_PRODUCT")[:count]
    got = {each["Item"]["p"]["S"]: each["Score"] for each in found}
    assert len(got) == len(found) == len(best)
    for (name, score), wanted_score in zip(got.items(), best, strict=True):
        assert math.isclose(score, wanted_score, rel_tol=1e-7, abs_tol=1e-9)
        assert math.isclose(score, scores[name], rel_tol=1e-7, abs_tol=1e-9)


searches = st.tuples(
    st.just("search"),
    st.sampled_from(DISTANCES),
    vectors,
    st.tuples(texts, st.none() | texts),
    st.integers(1, 5),
)
expiries = st.tuples(st.just("expire"), identities)
steps = st.lists(writes | searches | expiries | st.just(("restart",)), max_size=16)


@pytest.mark.parametrize("with_numpy", [True, False])
@examples(40)
@given(steps, steps, st.randoms(use_true_random=False), st.booleans())
def test_searches_find_what_looking_at_everything_finds(
    with_numpy: bool, before: list[Any], after: list[Any], workers: Random, late: bool
) -> None:
    """Through writes, expiries and restarts, in two processes with one store."""
    numpy = search.loaded_numpy() if with_numpy else None
    plane = ControlPlane()
    try:
        with patch.object(search, "loaded_numpy", lambda: numpy):
            _run(plane, before, after, workers, late=late)
    finally:
        plane.close()


def _run(
    plane: ControlPlane, before: list[Any], after: list[Any], workers: Random, *, late: bool
) -> None:
    defined = {"AttributeDefinitions": attributes("p", "t", "c")}
    indexes = {distance: _index(distance, late=late) for distance in DISTANCES}
    if late:
        plane.call("CreateTable", **on_demand("t", "p"))
    else:
        plane.call(
            "CreateTable",
            **{**on_demand("t", "p"), **defined},
            VectorIndexes=list(indexes.values()),
        )
    expiry = {"Enabled": True, "AttributeName": "x"}
    plane.call("UpdateTimeToLive", TableName="t", TimeToLiveSpecification=expiry)
    databases = [plane.database]
    plane.restart()
    databases.append(plane.database)
    model: dict[str, Item] = {}
    maintenance = Maintenance(plane.database)
    for step in (*before, None, *after):
        worker = workers.randrange(2)
        plane.database = databases[worker]
        if step is None:
            for index in indexes.values() if late else ():
                update = [{"Create": index}]
                plane.call("UpdateTable", TableName="t", **defined, VectorIndexUpdates=update)
                plane.run(maintenance.run_once())
            late = False
            for each in databases:  # as the dispatcher does before it answers with a refusal
                plane.run(each.catalog.refresh())
        elif step[0] == "restart":
            plane.restart()
            databases[worker] = plane.database
        elif step[0] != "search":
            _write(plane, [step], model)
        elif not late:
            _, distance, numbers, scope, count = step
            _searched(plane, model, indexes[distance], numbers, scope, count)
    for distance, index in indexes.items():
        plane.database = databases[len(distance) % 2]
        for tenant in ("x", "y"):
            _searched(plane, model, index, ["1", "0", "0"], ({"S": tenant}, None), 5)
