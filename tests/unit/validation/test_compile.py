"""Shapes compiled from models and amendments."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import SerializationException
from jedlik.services.dynamodb import amendments
from jedlik.services.dynamodb.inputs import compiler_of
from jedlik.services.dynamodb.shapes import SHAPES
from jedlik.validation.compile import text_of
from jedlik.validation.containers import ListOf, MapOf
from jedlik.validation.scalars import Number, Text
from jedlik.validation.shape import Failures, Shape
from tests.unit.services.dynamodb.minimal import minimal

AMENDMENTS = amendments.DYNAMODB_AMENDMENTS
STREAMS = "DynamoDBStreams_20120810"


def test_every_shape_compiles_once() -> None:
    for service, shapes in SHAPES.items():
        compiler = compiler_of(service)
        for name in shapes:
            assert compiler.shape(name) is compiler.shape(name), name


def test_unknown_shapes() -> None:
    with pytest.raises(KeyError):
        compiler_of(STREAMS).shape("NoSuchShape")


def test_amendments_are_for_one_service() -> None:
    assert compiler_of(amendments.DYNAMODB).shape("TableNameOrArn")
    with pytest.raises(KeyError):
        compiler_of(STREAMS).shape("TableNameOrArn")


def test_enums_are_printed_in_the_services_order_and_new_values_follow() -> None:
    printed = ("NEW", "KEYS_ONLY", "INCLUDE", "ALL")
    shape = text_of(AMENDMENTS, "ProjectionType", None, None, None, printed)
    assert shape.enum == ("ALL", "INCLUDE", "KEYS_ONLY", "NEW")
    shape = text_of(AMENDMENTS, "Other", None, None, None, ("B", "A"))
    assert shape.enum == ("B", "A")


@pytest.mark.parametrize("name", sorted(amendments.ENUM_ORDER))
def test_enum_orders_are_permutations_of_the_model(name: str) -> None:
    shape = compiler_of(amendments.DYNAMODB).shape(name)
    assert isinstance(shape, Text)
    assert shape.enum == amendments.ENUM_ORDER[name]
    assert set(shape.enum) == set(SHAPES[amendments.DYNAMODB][name][4])


def around(*limits: int | None) -> list[int]:
    return [limit + off for limit in limits if limit is not None for off in (-1, 0, 1)]


def boundaries(shape: Shape) -> list[Any]:
    """Values at and beside every limit of a shape, and values of every other JSON type."""
    values: list[Any] = ["", "x", "😀", 0, 1, True, 0.5, 2**31, 2**63, [], {}, [None], {"a": None}]
    values += [minimal(shape), minimal(shape, whole=True)]
    match shape:
        case Text():
            sizes = [size for size in around(shape.min_length, shape.max_length) if size >= 0]
            values += ["a" * size for size in sizes]
            values += ["😀" * (size // 2) + "é" * (size % 2) for size in sizes]
            values += [f"{value} " for value in shape.enum or ()]
        case Number():
            values += around(shape.minimum, shape.maximum, shape.bound, -(shape.bound or 0))
        case ListOf():
            part = minimal(shape.element)
            sizes = around(shape.min_length, shape.max_length)
            values += [[part] * size for size in sizes if size >= 0]
        case MapOf():
            part, key = minimal(shape.element), minimal(shape.key)
            sizes = around(shape.min_length, shape.max_length)
            values += [{f"{key}{i}": part for i in range(size)} for size in sizes if size >= 0]
            values += [{"": part}, {"a" * 70_000: part}]
    return values


def clean(shape: Shape, value: Any) -> bool:
    """Whether the slow way has nothing to change or report."""
    failures = Failures()
    try:
        if shape.read(value, True) is not value:
            return False
    except SerializationException:
        return False
    shape.check(value, "p", failures)
    return not (failures.found or failures.empty_value or failures.own or failures.missing)


NAMES = [(service, name) for service in SHAPES for name in SHAPES[service]]
NAMES += [(amendments.DYNAMODB, name) for name in ("TableNameOrArn", "ItemTableNameOrArn")]


@pytest.mark.parametrize("initial", sorted({name[0] for _, name in NAMES}))
def test_the_fast_predicate_and_the_slow_way_agree_at_every_limit(initial: str) -> None:
    """Of all shapes whose names begin with a letter."""
    for service, name in NAMES:
        if name.startswith(initial):
            shape = compiler_of(service).shape(name)
            for value in boundaries(shape):
                assert shape.accepts(value) == clean(shape, value), (name, value)
