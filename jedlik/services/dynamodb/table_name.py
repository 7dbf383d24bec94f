"""Table names, and ARNs in their place.

The model says only that `TableName` has 1 to 1024 characters, since an ARN fits there too. The
service looks further: a name has 3 to 255 characters of a-z, A-Z, 0-9, _, - and . (developer
guide, "Supported data types and naming rules"), and in an ARN the same holds for the name at its
end. Item operations answer an empty name as a member that is shorter than 1; the operations on
tables as a name shorter than 3.
"""

from __future__ import annotations

import re
from typing import Any, Final

from jedlik.base import limits
from jedlik.validation.scalars import MAX_LENGTH_TEXT, MIN_LENGTH_TEXT, PATTERN
from jedlik.validation.shape import Failures, Shape, refuse_scalar

MAX_ARN_LENGTH: Final = 1024
NAME_PATTERN: Final = "[a-zA-Z0-9_.-]+"

_NAME = re.compile(NAME_PATTERN)
_TOO_LONG: Final = f"{MAX_LENGTH_TEXT}{limits.MAX_TABLE_NAME_SIZE}"
_TOO_SHORT: Final = f"{MIN_LENGTH_TEXT}{limits.MIN_TABLE_NAME_SIZE}"
_BAD_CHARACTERS: Final = f"{PATTERN}{NAME_PATTERN}"
_ARN_FORMAT: Final = (
    "Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/"
    "resourceName', where Resource name must have length less than or equal to 255, Resource name "
    "must have length greater than or equal to 3, Resource name must satisfy regular expression "
    f"pattern: {NAME_PATTERN}"
)

_REMEMBERED: Final = 4096


class TableNameOrArn(Shape):
    """The `TableName` of an operation on a table that exists."""

    java_type = "class java.lang.String"

    def __init__(self, min_length: int) -> None:
        self.min_length = min_length
        good: set[str] = set()

        def accepts(value: Any) -> bool:
            if value.__class__ is not str:
                return False
            if value in good:
                return True
            if self.broken(value):
                return False
            if len(good) < _REMEMBERED:
                good.add(value)
            return True

        self.accepts = accepts

    def read(self, value: Any, _element: bool, /) -> Any:
        if not isinstance(value, str):
            refuse_scalar(value, "java.lang.String")
        return value

    def constraints(self) -> list[str]:
        return [_TOO_LONG, _TOO_SHORT, _BAD_CHARACTERS]

    def broken(self, value: Any, /) -> list[tuple[str, str]]:
        if value.startswith("arn:"):
            return self._broken_arn(value)
        if len(value) < self.min_length < limits.MIN_TABLE_NAME_SIZE:
            return [("short", f"{MIN_LENGTH_TEXT}{self.min_length}")]
        found = []
        if len(value) > limits.MAX_TABLE_NAME_SIZE:
            found.append(("long", _TOO_LONG))
        if len(value) < limits.MIN_TABLE_NAME_SIZE:
            found.append(("short", _TOO_SHORT))
        if not _NAME.fullmatch(value):
            found.append(("pattern", _BAD_CHARACTERS))
        return found

    def check(self, value: Any, path: str, failures: Failures, /) -> None:
        for kind, text in self.broken(value):
            if kind == "arn":
                failures.add_text(text)
            else:
                failures.add(self, value, path, text)

    def _broken_arn(self, value: str) -> list[tuple[str, str]]:
        if len(value) > MAX_ARN_LENGTH:
            return [("long", f"{MAX_LENGTH_TEXT}{MAX_ARN_LENGTH}")]
        fields = value.split(":", 5)
        kind, slash, name = fields[-1].partition("/")
        if len(fields) < 6 or not slash:
            return [("arn", _ARN_FORMAT)]
        if kind != "table":
            return [("arn", f"Invalid resource type in '{value}'")]
        size = len(name)
        if limits.MIN_TABLE_NAME_SIZE <= size <= limits.MAX_TABLE_NAME_SIZE and _NAME.fullmatch(
            name
        ):
            return []
        return [("arn", _ARN_FORMAT)]
