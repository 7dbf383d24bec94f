"""Functions and mappings in storage, and the findings of `verify` on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jedlik.app.verifying import SERVICES
from jedlik.kernel.keyspaces import (
    MAPPINGS_VERSION,
    checkpoints_key,
    function_code_key,
    function_key,
)
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.dynamodb.verifying.verification import Verification
from jedlik.services.lambda_.checkpoints import checkpoints_of
from jedlik.services.lambda_.errors import FunctionNotFoundException, ResourceConflictException
from jedlik.services.lambda_.event_source_mappings import (
    ChangeMapping,
    CreateMapping,
    DeleteMapping,
    Twins,
    TwinsMoved,
    get_mapping,
)
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.model import ZIP, Code, Function
from jedlik.services.lambda_.names import parse_function_name, parse_resource
from jedlik.services.lambda_.store import (
    ChangeFunction,
    CreateFunction,
    DeleteFunction,
    code_of,
    find_function,
    get_function,
    list_functions,
)
from jedlik.storage.blind_write import BlindWrite
from tests.control_plane import ControlPlane
from tests.stored_rows import rows
from tests.unit.services.lambda_.triggers.deliveries import mapping

FUNCTION = Function("f", "u", "1", "c1", "role", Code(ZIP, "", 3, "sha"), 0.0)


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    plane = ControlPlane()
    yield plane
    plane.close()


def write(plane: ControlPlane, task: Any) -> Any:
    return plane.run(plane.database.engine.write(task))


def twins(plane: ControlPlane, of: EventSourceMapping) -> Twins:
    return plane.run(Twins.of(plane.database.engine, of.stream_arn, of.function))


def found(plane: ControlPlane) -> list[str]:
    notices: list[str] = []
    walk = Verification(
        plane.database.engine, lambda each: notices.append(each.problem), services=SERVICES
    )
    plane.run(walk.run())
    return notices


def test_code_comes_and_goes_with_the_function(plane):
    engine, arns = plane.database.engine, plane.database.arns
    write(plane, CreateFunction(FUNCTION, b"one"))
    with pytest.raises(ResourceConflictException):
        write(plane, CreateFunction(replace(FUNCTION, code_id="c9"), b"other"))
    assert plane.run(code_of(engine, FUNCTION)) == b"one"
    second = replace(FUNCTION, code_id="c2")
    write(plane, ChangeFunction(arns, "f", lambda _before: second, b"two"))
    assert plane.run(code_of(engine, FUNCTION)) is None
    assert plane.run(code_of(engine, second)) == b"two"
    write(plane, ChangeFunction(arns, "f", lambda before: replace(before, timeout=9)))
    assert plane.run(code_of(engine, second)) == b"two"
    assert found(plane) == []
    write(plane, DeleteFunction(arns, "f"))
    assert plane.run(find_function(engine, "f")) is None
    assert rows(plane, b"\x08") == []
    for task in (DeleteFunction(arns, "f"), ChangeFunction(arns, "f", lambda each: each)):
        with pytest.raises(FunctionNotFoundException):
            write(plane, task)


def test_a_function_is_found_by_all_its_names(plane):
    engine, arns = plane.database.engine, plane.database.arns
    write(plane, CreateFunction(FUNCTION, b"one"))
    for given in ("f", "f:$LATEST", "arn:aws:lambda:eu-west-1:123456789012:function:f"):
        assert plane.run(get_function(engine, arns, given)) == FUNCTION
    for given, qualifier in (("g", None), ("f:1", None), ("f", "live"), ("a/b", None)):
        with pytest.raises(FunctionNotFoundException, match="Function not found: arn"):
            plane.run(get_function(engine, arns, given, qualifier))


def test_names_and_arns_are_parsed():
    assert parse_function_name("123456789012:function:f:v1") == ("f", "v1")
    assert parse_function_name("function:f") == ("f", None)
    assert parse_function_name("no name") == ("no name", None)
    assert parse_resource("arn:aws:lambda:us-east-1:000000000000:function:f") == ("function", "f")
    assert parse_resource("arn:aws:lambda:us-east-1:000000000000:layer:f") is None


def test_pages_of_functions(plane):
    for number in range(5):
        each = replace(FUNCTION, name=f"f{number}", code_id=f"c{number}")
        write(plane, CreateFunction(each, b"x"))
    engine = plane.database.engine
    first, more = plane.run(list_functions(engine, limit=2))
    assert ([each.name for each in first], more) == (["f0", "f1"], True)
    rest, more = plane.run(list_functions(engine, "f1", 10))
    assert ([each.name for each in rest], more) == (["f2", "f3", "f4"], False)


def test_a_mapping_goes_with_all_that_is_kept_of_it(plane):
    engine = plane.database.engine
    made = mapping()
    write(plane, CreateMapping(made, {"s": Checkpoint(7)}, twins(plane, made)))
    known = twins(plane, made)
    with pytest.raises(ResourceConflictException, match=made.uuid):
        write(plane, CreateMapping(mapping(uuid="2" * 36), {}, known))
    assert plane.run(get_mapping(engine, made.uuid)) == (made, "No records processed")
    assert plane.run(checkpoints_of(engine, made.uuid)) == {"s": Checkpoint(7)}
    assert found(plane) == []
    write(plane, DeleteMapping(made.uuid))
    assert [key for key, _ in rows(plane, b"\x08")] == [MAPPINGS_VERSION]
    # A twin that has gone meanwhile is none.
    write(plane, CreateMapping(mapping(uuid="2" * 36), {}, known))


def test_twins_are_decided_on_under_lock(plane):
    one, two = mapping(), mapping(uuid="2" * 36)
    # Both have looked before either is there.
    seen = [twins(plane, each) for each in (one, two)]
    write(plane, CreateMapping(one, {}, seen[0]))
    with pytest.raises(TwinsMoved):
        write(plane, CreateMapping(two, {}, seen[1]))
    with pytest.raises(ResourceConflictException, match=one.uuid):
        write(plane, CreateMapping(two, {}, twins(plane, two)))


def test_a_mapping_does_not_become_a_twin_by_another_function(plane):
    one, two = mapping(), replace(mapping(uuid="2" * 36), function="g")
    for each in (one, two):
        write(plane, CreateMapping(each, {}, twins(plane, each)))

    def given(function: str) -> ChangeMapping:
        its = plane.run(Twins.of(plane.database.engine, two.stream_arn, function, two.uuid))
        return ChangeMapping(two.uuid, lambda each: replace(each, function=function), its)

    with pytest.raises(ResourceConflictException, match=one.uuid):
        write(plane, given(one.function))
    assert write(plane, given("h")).function == "h"


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        (function_key("f"), b"{", "does not decode"),
        (function_key("f"), b"{}", "does not decode"),
        (function_code_key("c"), b"x", "belongs to no function"),
        (checkpoints_key("1" * 36), b"{}", "there is no such event source mapping"),
        (b"\x08x", b"", "does not decode"),
    ],
)
def test_verify_finds_what_is_wrong(plane, key, value, problem):
    write(plane, BlindWrite({key: value}))
    assert found(plane) == [problem]


def test_verify_finds_code_that_is_missing(plane):
    write(plane, CreateFunction(FUNCTION, b"one"))
    write(plane, BlindWrite({function_code_key("c1"): None}))
    assert found(plane) == ["is not there"]
