"""Random writes, then searches, against a brute-force model over a plain dict of items."""

from __future__ import annotations

import math
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.background.maintenance import Maintenance
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
writes = st.lists(
    st.tuples(st.sampled_from(["put", "update"]), items) | st.tuples(st.just("delete"), identities),
    max_size=25,
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
        elif kind == "delete":
            plane.call("DeleteItem", TableName="t", Key=item)
            model.pop(name, None)
        else:
            rest = {each: value for each, value in item.items() if each != "p"}
            updates = {each: {"Value": value, "Action": "PUT"} for each, value in rest.items()}
            plane.call("UpdateItem", TableName="t", Key={"p": item["p"]}, AttributeUpdates=updates)
            model[name] = {**model.get(name, {"p": item["p"]}), **item}


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


@examples(60)
@given(writes, writes, vectors, texts, st.none() | texts, st.integers(1, 5), st.booleans())
def test_a_search_finds_what_looking_at_everything_finds(
    before: list[tuple[str, Item]],
    after: list[tuple[str, Item]],
    numbers: list[str],
    tenant: Item,
    colour: Item | None,
    count: int,
    late: bool,
) -> None:
    wanted = [{"N": number} for number in numbers]
    condition, values = "t = :t", {":t": tenant}
    if colour is not None:
        condition, values = "t = :t AND c = :c", {":t": tenant, ":c": colour}
    plane = ControlPlane()
    try:
        defined = {"AttributeDefinitions": attributes("p", "t", "c")}
        indexes = [_index(distance, late=late) for distance in DISTANCES]
        if late:
            plane.call("CreateTable", **on_demand("t", "p"))
        else:
            request = {**on_demand("t", "p"), **defined, "VectorIndexes": indexes}
            plane.call("CreateTable", **request)
        maintenance = Maintenance(plane.database)
        model: dict[str, Item] = {}
        _write(plane, before, model)
        for index in indexes if late else ():
            update = [{"Create": index}]
            plane.call("UpdateTable", TableName="t", **defined, VectorIndexUpdates=update)
            plane.run(maintenance.run_once())
        _write(plane, after, model)
        for distance, index in zip(DISTANCES, indexes, strict=True):
            found = plane.call(
                "SearchVectors",
                TableName="t",
                IndexName=index["IndexName"],
                SearchVector=wanted,
                TopK=count,
                SearchConditionExpression=condition,
                ExpressionAttributeValues=values,
            )["SearchResults"]
            scores = {
                name: _score(distance, _floats(wanted), _floats(item["v"]["L"]))
                for name, item in model.items()
                if "v" in item
                and item.get("t") == tenant
                and (colour is None or item.get("c") == colour)
            }
            best = sorted(scores.values(), reverse=distance == "DOT_PRODUCT")[:count]
            got = {each["Item"]["p"]["S"]: each["Score"] for each in found}
            assert len(got) == len(found) == len(best)
            for (name, score), wanted_score in zip(got.items(), best, strict=True):
                assert math.isclose(score, wanted_score, rel_tol=1e-9, abs_tol=1e-9)
                assert math.isclose(score, scores[name], rel_tol=1e-9, abs_tol=1e-9)
    finally:
        plane.close()
