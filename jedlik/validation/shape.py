"""The interface of compiled shapes, and the collector of constraint failures.

The service reads a request in two steps: it deserializes all of it (the first value of a wrong JSON
type ends the request with SerializationException), then it checks all constraints and reports their
failures together. Nearly every request passes both, so a shape has a predicate, `accepts`, that
decides in one pass, without paths or texts, whether a value is fine. Only other values go through
`read` and `check`, which may be slow.

`accepts` may refuse a value that turns out to be fine (a null member, a decimal in place of an
integer); it never accepts one that `read` would change or `check` would report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from jedlik.base.errors import SerializationException, ValidationException

MAX_REPORTED: Final = 10
"""The service reports no more failures than this in one answer."""

MAX_SHOWN: Final = 65_536
"""Characters of a value that a failure shows: a request may have 16 MiB, which no answer should
repeat."""

NOT_NULL: Final = "Member must not be null"

PACKAGE: Final = "com.amazonaws.dynamodb.v20120810."


class Failures:
    """The failures of a request: constraints in the common form, and failures with their own
    text."""

    __slots__ = ("empty_value", "found", "missing", "own")

    def __init__(self) -> None:
        self.missing: list[str] = []
        self.found: list[str] = []
        self.own: list[str] = []
        self.empty_value = False

    @property
    def full(self) -> bool:
        """Whether further failures will not be reported."""
        return len(self.found) >= MAX_REPORTED

    def add(self, shape: Shape | None, value: Any, path: str, constraint: str) -> None:
        """Note that the value at `path` (without a shape: null) breaks the constraint."""
        if not self.full:
            if shape is None:
                shown = "Value null"
            elif shape.is_secret:
                shown = "Value"
            else:
                shown = f"Value '{shape.show(value)[:MAX_SHOWN]}'"
            self.add_text(f"{shown} at '{path}' failed to satisfy constraint: {constraint}")

    def add_text(self, text: str) -> None:
        """Note a failure whose text has no value and path."""
        if not self.full:
            self.found.append(text)

    def raise_any(self) -> None:
        """Raise ValidationException if there are failures, in the service's order."""
        if self.missing:
            raise ValidationException(self.missing[0])
        if self.found:
            count = len(self.found)
            plural = "" if count == 1 else "s"
            texts = "; ".join(self.found)
            raise ValidationException(f"{count} validation error{plural} detected: {texts}")
        if self.own:
            raise ValidationException(self.own[0])
        if self.empty_value:
            raise ValidationException(
                "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"
            )


class Shape:
    """A compiled shape.

    `java_type` is the Java type as SerializationException names it. `accepts` is the fast
    predicate. `has_parts`: failures of its parts are reported at their own paths. `is_secret`: no
    failure shows the value.
    """

    accepts: Callable[[Any], bool]
    java_type: str = ""
    has_parts: bool = False
    is_secret: bool = False

    @property
    def usual(self) -> Shape:
        """The shape without its own texts."""
        return self

    def read(self, value: Any, element: bool, /) -> Any:
        """Deserialize a value that is not null.

        `element`: it is in a list or map, not in a structure. Returns the value itself, or a new
        one if the service reads another value from it. SerializationException if the JSON type is
        wrong.
        """
        raise NotImplementedError

    def constraints(self) -> list[str]:
        """Texts of all constraints on the value itself."""
        return []

    def broken(self, _value: Any, /) -> list[tuple[str, str]]:
        """Kind and text of each constraint that the value itself breaks."""
        return []

    def check(self, value: Any, path: str, failures: Failures, /) -> None:
        """Collect the failures of a deserialized value that is not null, and of its parts."""
        for _, text in self.broken(value):
            failures.add(self, value, path, text)
        self.check_parts(value, path, failures)

    def check_parts(self, value: Any, path: str, failures: Failures) -> None:
        """Collect the failures of its parts."""

    def show(self, value: Any) -> str:
        """The value as Java prints it."""
        return str(value)


def token(value: Any) -> str:
    """The parser's name for a scalar."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    return "NUMBER_VALUE" if isinstance(value, int) else "DECIMAL_VALUE"


def refuse_scalar(value: Any, java_class: str) -> NoReturn:
    """Raise the error for a value that cannot be converted to this scalar class
    (`java.lang.String`)."""
    if isinstance(value, dict):
        raise SerializationException("Start of structure or map found where not expected")
    if isinstance(value, list):
        raise SerializationException(f"Unrecognized collection type class {java_class}")
    name = java_class.rpartition(".")[2]
    raise SerializationException(f"{token(value)} cannot be converted to {name}")
