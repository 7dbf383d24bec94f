"""Compiles the shapes of one service model, amended, each once and when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jedlik.validation.amendments import NO_AMENDMENTS, Amendment, Amendments
from jedlik.validation.containers import ListOf, MapOf, Member, Structure
from jedlik.validation.java import lower_first
from jedlik.validation.scalars import Boolean, Number, Text, Timestamp, Value
from jedlik.validation.shape import Failures, Shape


class Worded(Shape):
    """A shape of which some failures have their own text."""

    def __init__(self, shape: Shape, name: str, amendment: Amendment) -> None:
        self.shape = shape
        self.name = name
        self.kinds = amendment.kinds
        self.text = amendment.text
        self.counted = amendment.counted
        self.first = amendment.first
        self.java_type = shape.java_type
        self.has_parts = shape.has_parts
        self.accepts = shape.accepts
        self.read = shape.read  # type: ignore[method-assign]
        self.show = shape.show  # type: ignore[method-assign]

    @property
    def usual(self) -> Shape:
        return self.shape

    def check(self, value: Any, path: str, failures: Failures, /) -> None:
        broken = self.shape.broken(value)
        # A failure with its own text is reported alone, whatever else is wrong with the value.
        own = [limit for limit in broken if limit[0] in self.kinds]
        for _, text in own:
            self._report(failures, self.text or self._without_value(path, text))
        for _, text in broken if not own else ():
            failures.add(self.shape, value, path, text)
        self.shape.check_parts(value, path, failures)

    def _report(self, failures: Failures, text: str) -> None:
        if self.counted:
            failures.add_text(text)
        else:
            (failures.missing if self.first else failures.own).append(text)

    def _without_value(self, path: str, constraint: str) -> str:
        spelled = path.removesuffix(lower_first(self.name)) + self.name
        where = f"{spelled[0].upper()}{spelled[1:]}"
        text = f"Value at '{where}' failed to satisfy constraint: {constraint}"
        return text if self.counted else f"1 validation error detected: {text}"


class Compiler:
    """Shapes of one service, by name; `shapes` is the data that `make shapes` generates."""

    def __init__(
        self, shapes: Mapping[str, tuple[Any, ...]], amendments: Amendments = NO_AMENDMENTS
    ) -> None:
        self._shapes = {**shapes, **amendments.shapes}
        self._amendments = amendments
        self._compiled: dict[str, Shape] = {}

    def structure(self, name: str) -> Structure:
        """The compiled structure of this name. KeyError if it is missing."""
        shape = self.shape(name)
        assert isinstance(shape, Structure)
        return shape

    def checked(self, name: str, payload: Any) -> dict[str, Any]:
        """The payload as read by the structure of this name, and checked. Raises
        SerializationException for a value of a wrong type, ValidationException for others."""
        shape = self.structure(name)
        read: dict[str, Any] = payload if shape.accepts(payload) else shape.read(payload, True)
        failures = Failures()
        shape.check(read, "", failures)
        failures.raise_any()
        return read

    def shape(self, name: str) -> Shape:
        """The compiled shape of this name. KeyError if it is missing."""
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = self._compile(name, self._shapes[name])
            compiled.is_secret = name in self._amendments.secret
        return compiled

    def _compile(self, name: str, definition: tuple[Any, ...]) -> Shape:
        kind, *rest = definition
        match kind:
            case "structure":
                return self._structure(name, rest[0])
            case "list":
                return ListOf(self.shape(rest[0]), *rest[1:])
            case "map":
                return MapOf(self.shape(rest[0]), self.shape(rest[1]), *rest[2:])
            case "string":
                return text_of(self._amendments, name, *rest)
            case "boolean":
                return Boolean()
            case "timestamp":
                return Timestamp()
            case "value":
                return Value()
        own = self._amendments.kinds.get(kind)
        return Number(kind, *rest) if own is None else own(*rest)

    def _structure(self, name: str, members: tuple[Any, ...]) -> Structure:
        amendments = self._amendments
        first = amendments.inserted_first
        inserted = sorted(members, key=lambda member: member[0] not in first)
        hidden = amendments.hidden_members.get(name, ())
        alone = amendments.alone.get(name, ())
        compiled = [self._member(name, *member) for member in inserted]
        return Structure(name, compiled, hidden, alone, amendments.buckets.get(name, 16))

    def _member(self, structure: str, name: str, shape: str, required: bool) -> Member:
        shape = self._amendments.shape_of(structure, name, shape)
        amendment = self._amendments.members.get((structure, name))
        if amendment is None:
            return Member(name, self.shape(shape), required)
        compiled = self.shape(amendment.shape or shape)
        if amendment.kinds:
            compiled = Worded(compiled, name, amendment)
        if amendment.required is not None:
            required = amendment.required
        return Member(name, compiled, required, amendment.unless, amendment.missing)


def text_of(
    amendments: Amendments,
    name: str,
    min_length: int | None,
    max_length: int | None,
    pattern: str | None,
    enum: tuple[str, ...] | None,
) -> Text:
    """A string shape; its enum has the order in which the service prints it."""
    if enum is not None:
        known = amendments.enum_order.get(name, ())
        printed = [value for value in known if value in enum]
        enum = (*printed, *(value for value in enum if value not in known))
    return Text(min_length, max_length, pattern, enum, name not in amendments.pattern_last)
