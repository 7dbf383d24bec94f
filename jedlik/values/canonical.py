"""Checks attribute values from a client and converts them to canonical form, in one pass.

The pass does three things at once, since each of them has to visit every value: it refuses what the
service refuses, it rewrites numbers in canonical spelling (in place; the base64 of a binary has
only one spelling), and it adds up the size. Afterwards, equal values have equal text.

Rules: API reference, "AttributeValue"; developer guide, "Supported data types and naming rules";
nesting (see `nesting`) and sizes in "Quotas". Elements of sets are kept in the service's order
(see `set_order`).
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from jedlik.base.errors import (
    InvalidParameter,
    MalformedValue,
    SerializationException,
    ValidationException,
)
from jedlik.base.limits import (
    MAX_ATTRIBUTE_NAME_SIZE,
    MAX_EXAMINED_PARTS,
    MAX_ITEM_SIZE,
    MAX_NESTING_DEPTH,
    MAX_NUMBER_DIGITS,
    MAX_PLACEHOLDER_VALUES_SIZE,
    MAX_VECTOR_DIMENSIONS,
)
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.checked_value import CheckedValue
from jedlik.values.joined_numbers import JoinedNumbers
from jedlik.values.json_types import wrong_json_type
from jedlik.values.nesting import NestingTooDeep
from jedlik.values.number_lists import MIN_NUMBERS, numbers_size
from jedlik.values.number_sets import checked_numbers
from jedlik.values.number_sizes import known_number_sizes, number_size
from jedlik.values.numbers import canonical as canonical_number
from jedlik.values.set_order import sorted_binaries, sorted_strings
from jedlik.values.sizes import (
    COLLECTION_OVERHEAD,
    ELEMENT_OVERHEAD,
    binary_size,
    string_size,
)

_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, "
    "must contain exactly one of the supported datatypes"
)


_NO_LIMIT: Final = 1 << 62


class ItemTooLarge(ValidationException):
    """An item is larger than the limit."""

    default_message = "Item size has exceeded the maximum allowed size"


UPDATED_TOO_LARGE: Final = "Item size to update has exceeded the maximum allowed size"


def canonical_value(value: AttributeValue, depth: int = 1, limit: int = _NO_LIMIT) -> int:
    """Check `value`, convert it to canonical form in place, and return its size in bytes.

    `depth` is its nesting level: 1 for an attribute of an item. The check of a list, map or set
    ends as soon as it exceeds `limit` bytes: a request of 16 MB has a million values, and other
    requests wait while they are checked. Raises ItemTooLarge then, otherwise ValidationException,
    or SerializationException if a JSON type is wrong.
    """
    if type(value) is dict and len(value) == 1:
        (kind,) = value
        check = _CHECKS.get(kind)
        content = value[kind]
        if check is not None and content is not None:
            return check(value, content, depth, limit)
    return _odd_value(value, depth, limit)


def _odd_value(value: object, depth: int, limit: int) -> int:
    """A value that is not a dict, or has not exactly one member."""
    if type(value) is CheckedValue:
        return value.once(_members, depth, limit)
    if type(value) is not dict:
        if value is None:
            raise MalformedValue(_EMPTY)
        raise SerializationException(wrong_json_type(value, "AttributeValue"))
    return _members(value, depth, limit)


def _members(value: AttributeValue, depth: int, limit: int) -> int:
    """A value with any members: those that are unknown or null count as absent."""
    known = [(kind, value[kind]) for kind in value if kind in _CHECKS and value[kind] is not None]
    if not known:
        raise MalformedValue(_EMPTY)
    if len(known) > 1:
        _check_each(known, depth, limit)
        raise MalformedValue(_SEVERAL)
    ((kind, content),) = known
    value.clear()
    value[kind] = content
    return _CHECKS[kind](value, content, depth, limit)


def _check_each(members: list[tuple[str, Any]], depth: int, limit: int) -> None:
    """An error inside one of several members is reported before the error that there are
    several."""
    invalid = None
    for kind, content in members:
        try:
            _CHECKS[kind]({kind: content}, content, depth, limit)
        except ValidationException as error:
            invalid = invalid or error
    if invalid is not None:
        raise invalid


def canonical_item(item: Item) -> int:
    """Check every attribute, and convert it to canonical form in place; returns the item's size.

    Raises ItemTooLarge if a list, map or set exceeds the limit. If only scalars do, that is left to
    the caller, since the error of a key that is too long comes first.
    """
    return _named_values(item, 1, MAX_ITEM_SIZE)


def _named_values(values: Item, depth: int, limit: int) -> int:
    """The same for the members of an item or map, whose values are on level `depth`; returns the
    bytes of its names and values."""
    size = string_size("".join(values))
    if size > MAX_ATTRIBUTE_NAME_SIZE or "" in values:
        return _named_values_one_by_one(values, depth, limit)
    for value in values.values():
        if type(value) is not dict or len(value) != 1:
            size += _odd_value(value, depth, limit - size)
            continue
        ((kind, content),) = value.items()
        if kind == "S" and type(content) is str:
            size += len(content) if content.isascii() else len(content.encode())
        elif kind in _CHECKS and content is not None:
            size += _CHECKS[kind](value, content, depth, limit - size)
        else:
            size += _odd_value(value, depth, limit - size)
    return size


def _named_values_one_by_one(values: Item, depth: int, limit: int) -> int:
    """The same if a name may be invalid: the first error is reported, of a value or a name."""
    size = 0
    for name, value in values.items():
        size += canonical_value(value, depth, limit - size) + string_size(name)
        check_attribute_name(name)
        if size > limit:
            raise ItemTooLarge
    return size


def check_attribute_name(name: str) -> None:
    """Raise ValidationException unless an attribute's name is 1 to 65,535 bytes long (developer
    guide, "Supported data types and naming rules")."""
    if not 0 < string_size(name) <= MAX_ATTRIBUTE_NAME_SIZE:
        raise _bad_name(name)


class NameTooLarge(ValidationException):
    """A name is too long. Its text is the same wherever the name is, in placeholders too (answers
    of the service in public issues)."""

    default_message = (
        "1 validation error detected: Attribute name is too large, must be less than 65536 bytes"
    )


def _bad_name(name: str) -> ValidationException:
    return NameTooLarge() if name else MalformedValue("Empty attribute name")


_UNKEPT_LEVEL: Final = 1 - MAX_NESTING_DEPTH
"""The initial depth of the values in conditions and updates: how deep they are nested is checked
where an update stores them, and nowhere else (answers of the service in public issues). Values
twice as deep as anything that can be kept are refused here nevertheless."""


def canonical_placeholders(values: Item) -> int:
    """The same for ExpressionAttributeValues, whose errors name the placeholder.

    The check ends when there are more values than a request may have, or can use: the caller
    refuses their size, or the unused ones.
    """
    size, limit = 0, MAX_PLACEHOLDER_VALUES_SIZE
    known = (
        values.items()
        if len(values) <= MAX_EXAMINED_PARTS
        else islice(values.items(), MAX_EXAMINED_PARTS)
    )
    for name, value in known:
        try:
            size += canonical_value(value, _UNKEPT_LEVEL, limit - size)
        except ItemTooLarge:
            return limit + 1
        except (NestingTooDeep, NameTooLarge):
            raise
        except InvalidParameter as error:
            raise type(error)(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {name}",
                error.newer,
            ) from None
        size += len(name)
    return size


class ValueBudget:
    """The budget for the values of a request that are not in an item: together, as many bytes as
    placeholders may have. No attribute is that large, so larger values could equal nothing."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_PLACEHOLDER_VALUES_SIZE

    def canonical(self, value: AttributeValue) -> None:
        """Check a value and convert it to canonical form. Raises ItemTooLarge if the budget is
        exceeded, and what `canonical_value` raises."""
        self._left -= canonical_value(value, _UNKEPT_LEVEL, self._left)
        if self._left < 0:
            raise ItemTooLarge


def _string(_value: AttributeValue, text: object, _depth: int, _limit: int) -> int:
    if type(text) is not str:
        raise SerializationException(wrong_json_type(text, "String"))
    return string_size(text)


_SHORT_NUMBER: Final = 4
"""Numbers of up to this many characters have their sizes cached."""


def _number(value: AttributeValue, text: object, _depth: int, _limit: int) -> int:
    if type(text) is not str:
        raise SerializationException(wrong_json_type(text, "String"))
    size = known_number_sizes.get(text)
    if size is not None:
        return size
    # Most numbers are whole and positive, and already in canonical form.
    if not (
        text.isdigit() and text.isascii() and text[0] != "0" and len(text) <= MAX_NUMBER_DIGITS
    ):
        value["N"] = text = canonical_number(text)
    size = number_size(text)
    if len(text) <= _SHORT_NUMBER:
        known_number_sizes[text] = size
    return size


def canonical_binary(text: object) -> str:
    """`text`, which must be the canonical base64 of a binary: padded, no spare bits."""
    if type(text) is not str:
        raise SerializationException(wrong_json_type(text, "ByteBuffer"))
    if len(text) % 4:
        raise SerializationException(
            f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}"
        )
    try:
        if b2a_base64(a2b_base64(text, strict_mode=True), newline=False).decode() == text:
            return text
    except ValueError:
        pass
    # The spelling is the service's.
    raise SerializationException("Invalid last non-pad Base64 character dectected")


def _binary(_value: AttributeValue, text: object, _depth: int, _limit: int) -> int:
    return binary_size(canonical_binary(text))


def _elements(content: object) -> list[Any]:
    if type(content) is not list:
        raise SerializationException(wrong_json_type(content, "List"))
    return content


def _texts(content: object, kind: str) -> list[str]:
    """The elements of a set of strings or numbers."""
    texts = _elements(content)
    if not texts:
        raise InvalidParameter.of_values(f"An {kind} set  may not be empty")
    for text in texts:
        if type(text) is not str:
            raise _no_text(texts, kind)
    return texts


def _no_text(elements: list[Any], kind: str) -> Exception:
    """The error for a set with elements other than strings: another type comes before null."""
    for element in elements:
        if type(element) is not str and element is not None:
            return SerializationException(wrong_json_type(element, "String"))
    return InvalidParameter.of_values(f"An {kind} set may not have a null string as a member")


_MAX_SHORT_ELEMENTS: Final = 257
"""How many elements of a set can be shorter than two bytes, since all are different."""


def _check_set(elements: list[Any], limit: int) -> None:
    """Raise ItemTooLarge if this many elements have more than `limit` bytes, whatever they are."""
    if 2 * (len(elements) - _MAX_SHORT_ELEMENTS) > limit:
        raise ItemTooLarge


def _string_set(value: AttributeValue, content: object, _depth: int, limit: int) -> int:
    texts = _texts(content, "string")
    _check_set(texts, limit)
    if len(set(texts)) < len(texts):
        shown = ", ".join(f'"{text}"' for text in _up_to_first_repeat(texts, sorted_strings))
        raise InvalidParameter.of_values(
            f"Input collection [{', '.join(texts)}] contains duplicates.",
            f"Input collection [{shown}] contains duplicates.",
        )
    value["SS"] = sorted_strings(texts)
    return string_size("".join(texts))


def _number_set(value: AttributeValue, content: object, _depth: int, limit: int) -> int:
    texts = _texts(content, "number")
    _check_set(texts, limit)
    value["NS"], size = checked_numbers(texts)
    return size


def _binary_set(value: AttributeValue, content: object, _depth: int, limit: int) -> int:
    texts = _elements(content)
    _check_set(texts, limit)
    for text in texts:
        if text is not None:
            canonical_binary(text)
    if not texts:
        raise InvalidParameter.of_values("Binary sets should not be empty")
    if None in texts:
        raise InvalidParameter.of_values("Binary sets may not contain null or empty values")
    if len(set(texts)) < len(texts):
        shown = ",".join(f'"{text}"' for text in _up_to_first_repeat(texts, sorted_binaries))
        raise InvalidParameter.of_values(
            f"Input collection [{', '.join(texts)}]of type BS contains duplicates.",
            f"Input collection [{shown}]of type BS contains duplicates.",
        )
    value["BS"] = sorted_binaries(texts)
    return sum(map(binary_size, texts))


def _up_to_first_repeat(texts: list[str], in_order: Callable[[list[str]], list[str]]) -> list[str]:
    """A set's elements as in the newer error: sorted up to the first duplicate, then the duplicate,
    then the others in the order of the request (answers of the service)."""
    seen: set[str] = set()
    for place, text in enumerate(texts):
        if text in seen:
            return [*in_order(texts[:place]), *texts[place:]]
        seen.add(text)
    return texts


# The service's parser reads these as Booleans too, whatever their case.
_BOOLEAN_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _truth(content: object) -> bool:
    if type(content) is bool:
        return content
    truth = _BOOLEAN_WORDS.get(content.lower()) if type(content) is str else None
    if truth is None:
        raise SerializationException(wrong_json_type(content, "Boolean"))
    return truth


def _null(value: AttributeValue, content: object, _depth: int, _limit: int) -> int:
    if not _truth(content):
        raise InvalidParameter.of_values("Null attribute value types must have the value of true")
    value["NULL"] = True
    return 1


def _boolean(value: AttributeValue, content: object, _depth: int, _limit: int) -> int:
    value["BOOL"] = _truth(content)
    return 1


def _list(_value: AttributeValue, content: object, depth: int, limit: int) -> int:
    size = COLLECTION_OVERHEAD
    if type(content) is JoinedNumbers:
        size += content.canonical_size() + ELEMENT_OVERHEAD * content.count
        if size > limit:
            raise ItemTooLarge
        return size
    elements = _elements(content)
    if elements and depth >= MAX_NESTING_DEPTH:
        raise NestingTooDeep
    if MIN_NUMBERS <= len(elements) <= MAX_VECTOR_DIMENSIONS:
        of_numbers = numbers_size(elements)
        if of_numbers is not None:
            size += of_numbers + ELEMENT_OVERHEAD * len(elements)
            if size > limit:
                raise ItemTooLarge
            return size
    for element in elements:
        size += canonical_value(element, depth + 1, limit - size) + ELEMENT_OVERHEAD
        if size > limit:
            raise ItemTooLarge
    return size


def _map(_value: AttributeValue, content: object, depth: int, limit: int) -> int:
    if type(content) is not dict:
        raise SerializationException(wrong_json_type(content, "Map"))
    if content and depth >= MAX_NESTING_DEPTH:
        raise NestingTooDeep
    own = COLLECTION_OVERHEAD + ELEMENT_OVERHEAD * len(content)
    if own > limit:
        raise ItemTooLarge
    return own + _named_values(content, depth + 1, limit - own)


_CHECKS: dict[str, Callable[[AttributeValue, Any, int, int], int]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
    "M": _map,
    "L": _list,
    "NULL": _null,
    "BOOL": _boolean,
}
