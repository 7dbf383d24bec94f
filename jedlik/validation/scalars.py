"""Strings, numbers, booleans, timestamps, and attribute values, which are opaque here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from jedlik.base.errors import SerializationException
from jedlik.validation.java import show_attribute_value, utf16_length
from jedlik.validation.shape import PACKAGE, Failures, Shape, refuse_scalar

Accepts = Callable[[Any], bool]

PYTHON_PATTERNS: Final = {
    r"\p{Print}+": r"[ -~]+",
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*": (
        "[ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\r\n\t]*"
    ),
    # The same language without the quadratic backtracking.
    r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$": r"[a-z0-9A-Z][.\-\w]*[a-z0-9A-Z]",
}
"""Patterns of the model that are written differently in Python."""

MIN_LENGTH_TEXT = "Member must have length greater than or equal to "
MAX_LENGTH_TEXT = "Member must have length less than or equal to "
MIN_VALUE_TEXT = "Member must have value greater than or equal to "
MAX_VALUE_TEXT = "Member must have value less than or equal to "
PATTERN = "Member must satisfy regular expression pattern: "


def python_pattern(java: str) -> re.Pattern[str]:
    """Java's pattern compiled for Python: ASCII classes, to be used with fullmatch."""
    return re.compile(PYTHON_PATTERNS.get(java, java), re.ASCII)


class Text(Shape):
    """A string with limits of its length in UTF-16 units, a pattern, or an enum."""

    java_type = "class java.lang.String"

    def __init__(
        self,
        min_length: int | None,
        max_length: int | None,
        pattern: str | None,
        enum: tuple[str, ...] | None,
        pattern_first: bool = False,
    ) -> None:
        self.min_length = min_length or 0
        self.max_length = max_length
        self.pattern = pattern
        self.compiled = python_pattern(pattern) if pattern else None
        self.enum = enum
        self.pattern_first = pattern_first
        self.limits = self._limits()
        self.accepts = self._predicate()

    def _predicate(self) -> Accepts:
        min_length, max_length, enum = self.min_length, self.max_length, self.enum
        if enum is not None:
            names = frozenset(enum)
            return lambda value: value.__class__ is str and value in names
        if self.compiled is not None:
            matches = self.compiled.fullmatch
            maximum = float("inf") if max_length is None else max_length
            return lambda value: (
                value.__class__ is str
                and matches(value) is not None
                and (
                    min_length <= len(value) <= maximum
                    if value.isascii()
                    else not self.broken(value)
                )
            )
        if max_length is not None:
            # Even if every character counted twice.
            surely = max_length // 2
            return lambda value: (
                value.__class__ is str
                and (min_length <= len(value) or min_length <= utf16_length(value))
                and (len(value) <= surely or utf16_length(value) <= max_length)
            )
        if min_length:
            return lambda value: value.__class__ is str and min_length <= utf16_length(value)
        return lambda value: value.__class__ is str

    def read(self, value: Any, _element: bool, /) -> Any:
        if not isinstance(value, str):
            refuse_scalar(value, "java.lang.String")
        return value

    def _limits(self) -> list[tuple[str, str, Accepts]]:
        """Kind, text and test of every constraint."""
        found: list[tuple[str, str, Accepts]] = []
        min_length, max_length, pattern, enum = (
            self.min_length,
            self.max_length,
            self.compiled,
            self.enum,
        )
        if max_length is not None:
            text = f"{MAX_LENGTH_TEXT}{max_length}"
            found.append(("long", text, lambda value: utf16_length(value) <= max_length))
        if min_length:
            text = f"{MIN_LENGTH_TEXT}{min_length}"
            found.append(("short", text, lambda value: utf16_length(value) >= min_length))
        if pattern is not None:
            text = f"{PATTERN}{self.pattern}"
            found.append(("pattern", text, lambda value: pattern.fullmatch(value) is not None))
        if enum is not None:
            text = f"Member must satisfy enum value set: [{', '.join(enum)}]"
            found.append(("enum", text, lambda value: value in enum))
        return found

    def constraints(self) -> list[str]:
        return [text for _, text, _ in self.limits]

    def broken(self, value: Any, /) -> list[tuple[str, str]]:
        found = [(kind, text) for kind, text, holds in self.limits if not holds(value)]
        return sorted(found, key=is_pattern, reverse=True) if self.pattern_first else found


def is_pattern(limit: tuple[str, str]) -> bool:
    """Whether this limit is the pattern."""
    return limit[0] == "pattern"


class Number(Shape):
    """An integer, long or double between limits."""

    BOUNDS: Final = {"integer": 2**31, "long": 2**63}

    def __init__(self, kind: str, minimum: int | None, maximum: int | None) -> None:
        self.java_class = f"java.lang.{kind.capitalize()}"
        self.java_type = f"class {self.java_class}"
        self.bound = self.BOUNDS.get(kind)
        self.minimum = minimum
        self.maximum = maximum
        self.accepts = self._predicate()

    def _predicate(self) -> Accepts:
        bound = self.bound
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        if bound is None:
            maximum = self.BOUNDS["long"]
            return lambda value: (
                (
                    value.__class__ is float
                    or (value.__class__ is int and -maximum <= value < maximum)
                )
                and low <= value <= high
            )
        low, high = max(low, -bound), min(high, bound - 1)
        return lambda value: value.__class__ is int and low <= value <= high

    def read(self, value: Any, _element: bool, /) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse_scalar(value, self.java_class)
        if self.bound is None:
            # An integer in CBOR may be longer than any that is stored.
            max_length = self.BOUNDS["long"]
            is_short = isinstance(value, float) or -max_length <= value < max_length
            return value if is_short else float(value)
        if value != value:  # a double in CBOR may be NaN
            refuse_scalar(value, self.java_class)
        # Decimals are truncated, and values out of range become the nearest one, as in
        # `Number.intValue()` of a double.
        return int(max(min(value, self.bound - 1), -self.bound))

    def constraints(self) -> list[str]:
        texts = [] if self.maximum is None else [f"{MAX_VALUE_TEXT}{self.maximum}"]
        return texts if self.minimum is None else [*texts, f"{MIN_VALUE_TEXT}{self.minimum}"]

    def broken(self, value: Any, /) -> list[tuple[str, str]]:
        if self.minimum is not None and value < self.minimum:
            return [("value", f"{MIN_VALUE_TEXT}{self.minimum}")]
        if self.maximum is not None and value > self.maximum:
            return [("value", f"{MAX_VALUE_TEXT}{self.maximum}")]
        return []


class WholeNumber(Number):
    """An integer between limits that is refused, not truncated, if it has decimals."""

    def __init__(self, minimum: int | None, maximum: int | None) -> None:
        super().__init__("integer", minimum, maximum)

    def read(self, value: Any, element: bool, /) -> Any:
        if isinstance(value, float) and not value.is_integer():
            refuse_scalar(value, self.java_class)
        return super().read(value, element)


class Boolean(Shape):
    """true or false, also as strings."""

    java_type = "class java.lang.Boolean"

    WORDS: Final = {"true": True, "false": False}

    def __init__(self) -> None:
        self.accepts = lambda value: value is True or value is False

    def read(self, value: Any, _element: bool, /) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str):
            refuse_scalar(value, "java.lang.Boolean")
        if value.lower() not in self.WORDS:
            raise SerializationException("Unexpected token received from parser")
        return self.WORDS[value.lower()]

    def show(self, value: Any) -> str:
        return "true" if value else "false"


class Timestamp(Shape):
    """Seconds since the epoch, a number; a time outside the calendar becomes the nearest one
    inside."""

    java_type = "class java.util.Date"

    FIRST: Final = -62_135_596_800
    LAST: Final = 253_402_300_799
    """The years 1 to 9999: other times cannot be shown."""

    def __init__(self) -> None:
        first, last = self.FIRST, self.LAST
        self.accepts = lambda value: value.__class__ in (int, float) and first <= value <= last

    def read(self, value: Any, _element: bool, /) -> Any:
        # A double in CBOR may be NaN, which is not equal to itself.
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            refuse_scalar(value, "java.util.Date")
        return max(min(value, self.LAST), self.FIRST)


class Value(Shape):
    """An attribute value: a JSON object. Its contents are checked with its item."""

    java_type = f"class {PACKAGE}AttributeValue"
    has_parts = True

    def __init__(self) -> None:
        self.accepts = lambda value: value.__class__ is dict

    def read(self, value: Any, element: bool, /) -> Any:
        return read_structure(value, element, self.java_type)

    def check(self, value: Any, _path: str, failures: Failures, /) -> None:
        if value is None:
            failures.empty_value = True

    def show(self, value: Any) -> str:
        return show_attribute_value(value)


def read_structure(value: Any, element: bool, java_type: str) -> Any:
    """A value that is to be a structure, or SerializationException."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        raise SerializationException(f"Unrecognized collection type {java_type}")
    raise SerializationException(
        "Unexpected value type in payload" if element else "Unexpected field type"
    )
