"""The differences of a service from its model, for the compiler of its shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from jedlik.validation.shape import Shape


class Amendment(NamedTuple):
    """The differences of one member of one structure. `shape` replaces its shape, and `required`
    whether it is required (except with `unless`, another member); `missing` is the whole text of
    the error if it is missing. A failure of one of `kinds` ("short", "long", "value", "pattern",
    "enum") is reported alone: with `text`, or without a text in the newer form of some operations,
    which shows no value and has the path as in the request. With `counted` such a failure is
    reported among the others instead, and with `first` it ends the check before any other.
    """

    shape: str | None = None
    required: bool | None = None
    unless: str | None = None
    missing: str | None = None
    kinds: tuple[str, ...] = ()
    text: str = ""
    counted: bool = False
    first: bool = False


def _as_modelled(_structure: str, _member: str, shape: str) -> str:
    return shape


class Amendments(NamedTuple):
    """All differences of one service. `shapes` are replaced or additional shapes by name; `kinds`
    makes shapes of kinds that only this service has, from the rest of their definition. `members`
    are amendments by structure and member; `shape_of` names a member's shape, given structure,
    member and the model's own name. `alone` are members that are checked in this order before all
    others of the structure, whose failures are reported alone; `hidden_members` show, as null,
    where a structure is printed; `enum_order` is the order in which enums are printed;
    `pattern_last` are shapes whose pattern is reported after their length; `inserted_first` are
    members that come before others in the same bucket of the order in `java`; `buckets` are the
    buckets of structures of which the service knows more members than the model; `secret` are
    shapes whose values no failure shows."""

    shapes: Mapping[str, tuple[Any, ...]] = {}
    kinds: Mapping[str, Callable[..., Shape]] = {}
    members: Mapping[tuple[str, str], Amendment] = {}
    shape_of: Callable[[str, str, str], str] = _as_modelled
    alone: Mapping[str, tuple[str, ...]] = {}
    hidden_members: Mapping[str, tuple[str, ...]] = {}
    enum_order: Mapping[str, tuple[str, ...]] = {}
    pattern_last: frozenset[str] = frozenset()
    inserted_first: frozenset[str] = frozenset()
    buckets: Mapping[str, int] = {}
    secret: frozenset[str] = frozenset()


NO_AMENDMENTS: Final = Amendments()
