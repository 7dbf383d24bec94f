"""Structures, lists and maps.

Failures of a structure are reported member by member (`keySchema.1.member.keyType`,
`requestItems.tbl.member.keys`). Failures of scalars in a list, of the keys of a map, and of the
limits of a map's values are reported once, at the list or map, with all the constraints on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from itertools import islice
from typing import Any, Final, NamedTuple

from jedlik.base.errors import SerializationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.validation.java import hash_order, lower_first
from jedlik.validation.scalars import MAX_LENGTH_TEXT, MIN_LENGTH_TEXT, Value, read_structure
from jedlik.validation.shape import NOT_NULL, PACKAGE, Failures, Shape

MAX_SHOWN_PARTS: Final = 256
"""Elements of a list or map that a failure shows."""

PARAMETERIZED_CAST: Final = (
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')"
)
"""The error for a scalar in place of a list or map inside a list or map."""


class Member(NamedTuple):
    """A member of a structure.

    `unless` names another member that, if present, makes this one optional. `missing` is the text
    for its absence when it is required, if that is not the common one.
    """

    name: str
    shape: Shape
    required: bool = False
    unless: str | None = None
    missing: str | None = None


class Structure(Shape):
    """A structure: known members are checked, unknown ones dropped, null ones absent. Unknown
    members are dropped so that no decision about a request, such as by policies, depends on
    something that the operation ignores.

    `hidden` are members that are only shown, as null. `alone` are members that are checked first,
    one by one: the failures of one end the check. If a required one of them is absent, the whole
    structure is checked in the usual way instead. `buckets` are those of the order in `java`.
    """

    has_parts = True

    def __init__(
        self,
        name: str,
        members: list[Member],
        hidden: tuple[str, ...] = (),
        alone: tuple[str, ...] = (),
        buckets: int = 16,
    ) -> None:
        self.name = name
        self.hidden = [f"{member}=null" for member in hidden]
        self.java_type = f"class {PACKAGE}{name}"
        self.members = {member.name: member for member in members}
        by_path = {lower_first(member.name): member for member in members}
        self.alone = frozenset(alone)
        usual = list(hash_order(by_path, buckets))
        order = dict.fromkeys([lower_first(name) for name in alone] + usual)
        self.ordered = [(path, by_path[path]) for path in order]
        self.in_hash_order = [(path, by_path[path]) for path in usual]
        check_of = {member.name: member.shape.accepts for member in members}.get
        required = tuple(member.name for member in members if member.required)

        def accepts(value: Any) -> bool:
            if value.__class__ is not dict:
                return False
            for key, content in value.items():
                check = check_of(key)
                if check is None or not check(content):
                    return False
            for key in required:  # noqa: SIM110 - a generator costs more than all the rest
                if key not in value:
                    return False
            return True

        self.accepts = accepts

    def read(self, value: Any, element: bool, /) -> Any:
        result = content = read_structure(value, element, self.java_type)
        for key, part in content.items():
            member = self.members.get(key)
            new = None if member is None or part is None else member.shape.read(part, False)
            if member is not None and new is part:
                continue
            if result is content:
                result = dict(content)
            if member is None:
                del result[key]
            else:
                result[key] = new
        return result

    def check_parts(self, value: Any, path: str, failures: Failures) -> None:
        prefix = f"{path}." if path else ""
        complete = self._is_complete(value)
        for name, member in self.ordered if complete else self.in_hash_order:
            part = value.get(member.name)
            if part is not None:
                shape = member.shape if complete else member.shape.usual
                shape.check(part, prefix + name, failures)
            elif member.required and (member.unless is None or value.get(member.unless) is None):
                if member.missing is None:
                    failures.add(None, None, prefix + name, NOT_NULL)
                else:
                    failures.missing.append(member.missing)
            if complete and failures.found and member.name in self.alone:
                return

    def _is_complete(self, value: Any) -> bool:
        """Whether all required members that are checked alone are present."""
        return all(
            value.get(name) is not None for name in self.alone if self.members[name].required
        )

    def show(self, value: Any) -> str:
        parts = [
            f"{lower_first(name)}={show_part(member.shape, value.get(name))}"
            for name, member in self.members.items()
        ]
        return f"{self.name}({', '.join(parts + self.hidden)})"


class _Collection(Shape):
    """A list or a map, which may have limits on its length."""

    has_parts = True

    def __init__(self, element: Shape, min_length: int | None, max_length: int | None) -> None:
        self.element = element
        self.min_length = min_length
        self.max_length = max_length

    def constraints(self) -> list[str]:
        texts = [] if self.max_length is None else [f"{MAX_LENGTH_TEXT}{self.max_length}"]
        return texts if self.min_length is None else [*texts, f"{MIN_LENGTH_TEXT}{self.min_length}"]

    def broken(self, value: Any, /) -> list[tuple[str, str]]:
        return broken_length(len(value), self.min_length, self.max_length)


class ListOf(_Collection):
    """A list."""

    def __init__(self, element: Shape, min_length: int | None, max_length: int | None) -> None:
        super().__init__(element, min_length, max_length)
        self.java_type = f"java.util.List<{bare(element.java_type)}>"
        low = min_length or 0
        high = float("inf") if max_length is None else max_length
        check = element.accepts

        def accepts(value: Any) -> bool:
            if value.__class__ is not list or not low <= len(value) <= high:
                return False
            for part in value:  # noqa: SIM110
                if not check(part):
                    return False
            return True

        self.accepts = accepts

    def read(self, value: Any, element: bool, /) -> Any:
        if isinstance(value, dict):
            raise SerializationException("Start of structure or map found where not expected")
        if not isinstance(value, list):
            raise SerializationException(PARAMETERIZED_CAST if element else "Unexpected field type")
        read = value[:MAX_EXAMINED_PARTS] if far_too_long(value, self.max_length) else value
        accepts, read_part = self.element.accepts, self.element.read
        new = [part if part is None or accepts(part) else read_part(part, True) for part in read]
        return new + value[len(new) :] if changed(new, read) else value

    def check_parts(self, value: Any, path: str, failures: Failures) -> None:
        if far_too_long(value, self.max_length):
            return  # its length is reported, which is enough
        if not self.element.has_parts:
            text = broken_parts(self.element, value)
            if text is not None:
                failures.add(self, value, path, f"Member must satisfy constraint: [{text}]")
            return
        accepts = self.element.accepts
        for index, part in enumerate(value, 1):
            if failures.full:
                break
            if not accepts(part):
                check_element(self.element, part, f"{path}.{index}.member", failures)

    def show(self, value: Any) -> str:
        shown = (show_part(self.element, part) for part in value[:MAX_SHOWN_PARTS])
        return f"[{', '.join(shown)}]"


class MapOf(_Collection):
    """A map from strings."""

    def __init__(
        self, key: Shape, element: Shape, min_length: int | None, max_length: int | None
    ) -> None:
        super().__init__(element, min_length, max_length)
        self.key = key
        self.java_type = f"java.util.Map<java.lang.String, {bare(element.java_type)}>"
        low = min_length or 0
        high = float("inf") if max_length is None else max_length
        check_key, check = key.accepts, element.accepts
        limited = bool(low or max_length is not None)

        def accepts(value: Any) -> bool:
            if value.__class__ is not dict or (limited and not low <= len(value) <= high):
                return False
            for name, part in value.items():  # noqa: SIM110
                if not (check_key(name) and check(part)):
                    return False
            return True

        def accepts_values(value: Any) -> bool:
            if value.__class__ is not dict:
                return False
            for part in value.values():  # noqa: SIM110
                if part.__class__ is not dict:
                    return False
            return True

        # The names in a map of attribute values are checked together with the values.
        self.opaque = isinstance(element, Value) and not limited
        self.accepts = accepts_values if self.opaque else accepts

    def read(self, value: Any, element: bool, /) -> Any:
        if isinstance(value, list):
            raise SerializationException(f"Unrecognized collection type {self.java_type}")
        if not isinstance(value, dict):
            raise SerializationException(PARAMETERIZED_CAST if element else "Unexpected field type")
        if far_too_long(value, self.max_length):
            read = dict(islice(value.items(), MAX_EXAMINED_PARTS))
        else:
            read = value
        accepts, read_part = self.element.accepts, self.element.read
        new = {
            name: part if part is None or accepts(part) else read_part(part, True)
            for name, part in read.items()
        }
        return {**value, **new} if changed(new.values(), read.values()) else value

    def check_parts(self, value: Any, path: str, failures: Failures) -> None:
        if far_too_long(value, self.max_length):
            return  # its length is reported, which is enough
        if not self.opaque:
            text = broken_parts(self.key, value)
            if text is not None:
                failures.add(self, value, path, f"Map keys must satisfy constraint: [{text}]")
        text = broken_parts(self.element, value.values())
        if text is not None:
            failures.add(self, value, path, f"Map value must satisfy constraint: [{text}]")
        if self.element.has_parts:
            for name in hash_order(value):
                if failures.full:
                    break
                if self.element.accepts(value[name]):
                    continue
                part_path = f"{path}.{name}.member"
                if value[name] is None or isinstance(self.element, Structure):
                    check_element(self.element, value[name], part_path, failures)
                else:
                    self.element.check_parts(value[name], part_path, failures)

    def show(self, value: Any) -> str:
        names = hash_order(value)[:MAX_SHOWN_PARTS]
        shown = (f"{name}={show_part(self.element, value[name])}" for name in names)
        return f"{{{', '.join(shown)}}}"


def far_too_long(value: Sized, max_length: int | None) -> bool:
    """Whether a list or map is refused for its length, and so long that its parts are not
    examined."""
    return max_length is not None and len(value) > max(max_length, MAX_EXAMINED_PARTS)


def bare(java_type: str) -> str:
    """A type as in the brackets of another one."""
    return java_type.removeprefix("class ")


def show_part(shape: Shape, value: Any) -> str:
    """A part of a value as Java prints it."""
    return "null" if value is None else shape.show(value)


def changed(new: Iterable[Any], old: Iterable[Any]) -> bool:
    """Whether reading has changed a part."""
    return any(mine is not yours for mine, yours in zip(new, old, strict=True))


def check_element(shape: Shape, value: Any, path: str, failures: Failures) -> None:
    """Check an element of a list or map; unlike a member it may not be null."""
    if value is None and not isinstance(shape, Value):
        failures.add(None, None, path, NOT_NULL)
    else:
        shape.check(value, path, failures)


def broken_length(
    size: int, min_length: int | None, max_length: int | None
) -> list[tuple[str, str]]:
    """Kind and text of the length limit that a list or map of this size breaks."""
    if max_length is not None and size > max_length:
        return [("long", f"{MAX_LENGTH_TEXT}{max_length}")]
    if min_length is not None and size < min_length:
        return [("short", f"{MIN_LENGTH_TEXT}{min_length}")]
    return []


def broken_parts(shape: Shape, values: Iterable[Any]) -> str | None:
    """All constraints of an element, as one text, if one of the values breaks any of them."""
    null = broken = False
    accepts = shape.accepts
    for value in values:
        if value is None:
            null = null or not shape.has_parts
        elif not broken and not accepts(value) and shape.broken(value):
            broken = True
    if not (null or broken):
        return None
    return ", ".join([*shape.constraints(), *([NOT_NULL] if null else [])])
