"""The placeholders of one request: ExpressionAttributeNames and ExpressionAttributeValues.

API reference, "UpdateItem", members ExpressionAttributeNames and ExpressionAttributeValues; limits
in "Quotas in Amazon DynamoDB", "Expression parameters".
"""

from __future__ import annotations

import re
from collections.abc import Callable, KeysView, Mapping
from itertools import islice
from typing import Final, TypeVar

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import (
    MAX_ATTRIBUTE_NAME_SIZE,
    MAX_EXAMINED_PARTS,
    MAX_PLACEHOLDER_SIZE,
    MAX_PLACEHOLDER_VALUES_SIZE,
)
from jedlik.services.dynamodb.expressions.forms import Form, Plans, keep
from jedlik.values.attribute import AttributeValue
from jedlik.values.canonical import check_attribute_name

_NAME_KEY = re.compile(r"#[0-9a-zA-Z_]+").fullmatch
_VALUE_KEY = re.compile(r":[0-9a-zA-Z_]+").fullmatch

# Keys that were found right before: requests repeat theirs, and sets compare fast.
_MAX_KNOWN_KEYS = 10_000
_known_names: set[str] = set()
_known_values: set[str] = set()

_BYTES_OF_CHARACTER = 4
_MAX_UNENCODED_LENGTH = MAX_ATTRIBUTE_NAME_SIZE // _BYTES_OF_CHARACTER

MAX_UNCHECKED_SIZE: Final = MAX_PLACEHOLDER_VALUES_SIZE // 2
"""Values of up to this many bytes are within the limit together with the names of any remembered
form, which have at most `_MAX_REMEMBERED` bytes."""
_MAX_REMEMBERED: Final = MAX_PLACEHOLDER_VALUES_SIZE - MAX_UNCHECKED_SIZE

ValueT = TypeVar("ValueT")

_NO_NAMES: dict[str, str] = {}
_NO_VALUES: dict[str, AttributeValue] = {}


class Placeholders:
    """The placeholders of one request, and which of them its expressions used."""

    __slots__ = (
        "_form", "_in_order", "_names_size", "_names_used", "_values_used", "names", "plans",
        "values", "values_size",
    )  # fmt: skip

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, AttributeValue] | None = None,
        values_size: int = 0,
        form: Form | None = None,
    ) -> None:
        """`values` are canonical and have `values_size` bytes; `form` is the request's form, under
        which its plans are kept. Raises ValidationException for an empty map, a malformed key, and
        for more than 2 MB of names and values."""
        size = values_size
        self._form = form
        self._in_order = False
        self.plans: Plans = {}
        """What the request's texts compile to, by the members that hold them."""
        if names is None:
            self.names: Mapping[str, str] = _NO_NAMES
        else:
            if not (names and names.keys() <= _known_names):
                _check_keys("ExpressionAttributeNames", names, _NAME_KEY, _known_names)
            for name in _bounded(names).values():
                if not 0 < len(name) <= _MAX_UNENCODED_LENGTH:
                    _check_names(names)
                size += len(name) * _BYTES_OF_CHARACTER
            self.names = names
        if values is None:
            self.values: Mapping[str, AttributeValue] = _NO_VALUES
        else:
            if not (values and values.keys() <= _known_values):
                _check_keys("ExpressionAttributeValues", values, _VALUE_KEY, _known_values)
            self.values = values
        if size > MAX_PLACEHOLDER_VALUES_SIZE:
            _check_size(self.names, values_size)
        self._names_size = size - values_size
        self.values_size = values_size
        self._names_used: list[frozenset[str]] = []
        self._values_used: list[frozenset[str]] = []

    @classmethod
    def of_form(
        cls,
        plans: Plans,
        names: Mapping[str, str] | None,
        values: Mapping[str, AttributeValue] | None,
        values_size: int,
    ) -> Placeholders:
        """The placeholders of a request with the form of an earlier one, which had these plans."""
        made = cls.__new__(cls)
        made.plans = plans
        made.names = _NO_NAMES if names is None else names
        made.values = _NO_VALUES if values is None else values
        made.values_size = values_size
        made._in_order = True
        made._names_used = made._values_used = []
        return made

    def note_used(self, names: frozenset[str], values: frozenset[str]) -> None:
        """Note the placeholders that an expression uses."""
        self._names_used.append(names)
        self._values_used.append(values)

    def check_all_used(self) -> None:
        """Raise ValidationException if a placeholder is not used by any expression; to be called
        when all are compiled."""
        if self._in_order:
            return
        if self.names:
            _check_used("ExpressionAttributeNames", self.names.keys(), self._names_used)
        if self.values:
            _check_used("ExpressionAttributeValues", self.values.keys(), self._values_used)
        if self._form is not None and self._names_size <= _MAX_REMEMBERED:
            keep(self._form, self.plans)


def check_placeholder_keys(
    names: Mapping[str, str] | None, values: Mapping[str, AttributeValue] | None
) -> None:
    """Raise ValidationException if there are names or values without any, or under malformed keys:
    that comes before what is wrong with the values themselves."""
    if names is not None:
        _check_keys("ExpressionAttributeNames", names, _NAME_KEY, _known_names)
    if values is not None:
        _check_keys("ExpressionAttributeValues", values, _VALUE_KEY, _known_values)


def _bounded(given: Mapping[str, ValueT]) -> Mapping[str, ValueT]:
    """All placeholders, or the first ones, so many that some must be unused: expressions have 4 KB
    each."""
    if len(given) <= MAX_EXAMINED_PARTS:
        return given
    return dict(islice(given.items(), MAX_EXAMINED_PARTS))


def _check_size(names: Mapping[str, str], values_size: int) -> None:
    if (
        values_size + sum(len(name.encode()) for name in names.values())
        > MAX_PLACEHOLDER_VALUES_SIZE
    ):
        raise InvalidParameter(
            "Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max "
            "size"
        )


def _check_used(member: str, given: KeysView[str], used: list[frozenset[str]]) -> None:
    for names in used:
        if given <= names:
            return
    unused = [
        key for key in islice(given, MAX_EXAMINED_PARTS) if not any(key in names for names in used)
    ]
    if unused:
        raise InvalidParameter(
            f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}"
        )


def _check_names(names: Mapping[str, str]) -> None:
    """Raise ValidationException if one of the placeholders' names is empty, or too long for an
    attribute."""
    for key, name in names.items():
        if not name:
            raise InvalidParameter(
                "ExpressionAttributeNames contains invalid value: Empty attribute name for key "
                f"{key}"
            )
        check_attribute_name(name)


def _check_keys(
    member: str,
    given: Mapping[str, object],
    pattern: Callable[[str], object],
    known: set[str],
) -> None:
    if not given:
        raise InvalidParameter(f"{member} must not be empty")
    for key in _bounded(given):
        if key in known:
            continue
        size = len(key.encode())
        if size > MAX_PLACEHOLDER_SIZE:
            # The answer about values does not have the size.
            shown = f" size of key: {size}" if member == "ExpressionAttributeNames" else ""
            raise InvalidParameter(
                f"{member} contains invalid key: The expression attribute map contains a key that "
                f"is too long;{shown}"
            )
        if not pattern(key):
            raise InvalidParameter(f'{member} contains invalid key: Syntax error; key: "{key}"')
        if len(known) < _MAX_KNOWN_KEYS:
            known.add(key)
