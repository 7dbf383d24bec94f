"""Random JSON in any place of any request: either the service's error or a checked request.

Also asserted: the request is never modified; the result passes again, unchanged; and the fast
predicate never accepts what the slow way would change or refuse.
"""

from __future__ import annotations

import copy
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.services.dynamodb.inputs import BY_NAME, checker_for
from jedlik.validation.shape import Failures
from tests.properties import examples
from tests.unit.services.dynamodb.minimal import minimal, structure_of

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["true", "FALSE", "HASH", "arn:aws:dynamodb:::table/abc", "a" * 256])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a value with every key in it."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        found += [(value, key) for key in value]
        for part in value.values():
            found += places(part)
    if isinstance(value, list):
        found += [(value, index) for index in range(len(value))]
        for part in value:
            found += places(part)
    return found


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Any]:
    """An operation and a valid request, in which some places were overwritten."""
    operation = draw(st.sampled_from(sorted(BY_NAME)))
    request = minimal(structure_of(operation), draw(st.booleans()))
    request = orjson.loads(orjson.dumps(request))
    for _ in range(draw(st.integers(0, 3))):
        options = places(request)
        if options:
            container, key = draw(st.sampled_from(options))
            if draw(st.booleans()):
                container[key] = draw(JSON)
            elif isinstance(container, dict):
                container[draw(st.text(max_size=5))] = container.pop(key)
            else:
                container += [container[key]] * draw(st.sampled_from([1, 2, 30, 101]))
    return operation, request


def run(operation: str, request: Any) -> None:
    before = copy.deepcopy(request)
    shape = structure_of(operation)
    check = checker_for(operation)
    accepted = shape.accepts(request)
    try:
        read = check(request)
    except (SerializationException, ValidationException):
        assert not accepted
    else:
        assert check(read) is read
        failures = Failures()
        assert shape.read(read, True) is read
        shape.check(read, "", failures)
        failures.raise_any()
    assert repr(request) == repr(before)


@examples(400)
@given(requests())
def test_mutated_requests(drawn: tuple[str, Any]) -> None:
    run(*drawn)


@examples(150)
@given(st.sampled_from(sorted(BY_NAME)), JSON)
@example("GetItem", {"TableName": "abc", "Key": {"\ud800": {"\ud800": "\ud800"}}})
@example("CreateTable", {"TableName": "\ud800\ud800\ud800"})
@example("Query", {"Limit": 10**400, "Segment": -(10**400)})
@example("UpdateTableReplicaAutoScaling", {"TableName": float("inf")})
def test_any_json(operation: str, request: Any) -> None:
    run(operation, request)
