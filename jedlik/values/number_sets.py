"""Sets of numbers, checked as a whole.

The check of hundreds of thousands of numbers takes seconds. It can be made beforehand, in a thread:
`CheckedNumbers` then take the place of the numbers until the operation checks its values.
"""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import INVALID_VALUES, InvalidParameter, ValidationException
from jedlik.base.limits import MAX_PLACEHOLDER_VALUES_SIZE
from jedlik.values.number_lists import canonical_texts
from jedlik.values.set_order import sorted_numbers

_PART: Final = 10_000
"""Numbers that are checked together: even in a thread, a step of many more would hold others."""


def checked_numbers(texts: list[str]) -> tuple[list[str], int]:
    """The numbers of a set in canonical form and in order, and their size in bytes.

    Numbers that are larger than all values of a request may be are not all read: they are returned
    as they are, with the size so far. Raises InvalidParameter.
    """
    if len(texts) <= _PART:
        numbers, size = canonical_texts(texts, ",".join(texts))
    else:
        numbers, size = [], 0
        for begin in range(0, len(texts), _PART):
            part = texts[begin : begin + _PART]
            spelled, more = canonical_texts(part, ",".join(part))
            numbers += spelled
            size += more
            if size > MAX_PLACEHOLDER_VALUES_SIZE:
                return texts, size
    if len(set(numbers)) < len(numbers):
        raise InvalidParameter(
            "Input collection contains duplicates",
            f"{INVALID_VALUES}Input collection contains duplicates.",
        )
    return sorted_numbers(numbers), size


class CheckedNumbers(list[str]):
    """The numbers of a set, as they were given, and how their check ended."""

    __slots__ = ("_checked", "_error")

    def __init__(self, texts: list[str]) -> None:
        super().__init__(texts)
        self._checked: tuple[list[str], int] = texts, 0
        self._error: ValidationException | None = None
        try:
            self._checked = checked_numbers(texts)
        except ValidationException as error:
            self._error = error

    def result(self) -> tuple[list[str], int]:
        """What `checked_numbers` returned or raised."""
        if self._error is not None:
            raise self._error
        return self._checked
