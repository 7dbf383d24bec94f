"""Check attribute values from a client and bring them to canonical form, in one pass.

The pass does three things at once because each of them has to visit every value: it refuses what
the service refuses, it rewrites numbers and binaries to their one spelling (in place: the request
is ours), and it adds up the size. After it, equal values are equal text.

Rules: API reference, "AttributeValue"; developer guide, "Naming rules and data types"; nesting and
sizes in "Quotas".
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Any

from jedlik.base.errors import SerializationException, ValidationException
from jedlik.base.limits import MAX_ATTRIBUTE_NAME_SIZE, MAX_NESTING_DEPTH
from jedlik.values.attribute import TYPES, AttributeValue, Item
from jedlik.values.numbers import canonical as canonical_number
from jedlik.values.sizes import (
    COLLECTION_OVERHEAD,
    ELEMENT_OVERHEAD,
    binary_size,
    number_size,
    string_size,
)

_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, "
    "must contain exactly one of the supported datatypes"
)
_INVALID = "One or more parameter values were invalid: "
_TOO_DEEP = "Nesting Levels have exceeded supported limits"


def canonical_value(value: AttributeValue, depth: int = 1) -> int:
    """Check `value`, bring it to canonical form in place, and return its size in bytes.

    `depth` is the level it stands on: 1 for an attribute of an item. Raises ValidationException, or
    SerializationException where a JSON type is wrong.
    """
    if len(value) == 1:
        ((kind, content),) = value.items()
        check = _CHECKS.get(kind)
        if check is not None and content is not None:
            return check(value, content, depth)
    return _odd_value(value, depth)


def _odd_value(value: AttributeValue, depth: int) -> int:
    """A value without exactly one member: members unknown or null count as absent."""
    if not isinstance(value, dict):
        raise SerializationException(wrong_json_type(value, "Map"))
    known = [kind for kind in TYPES if value.get(kind) is not None]
    if len(known) > 1:
        raise ValidationException(_SEVERAL)
    if not known:
        raise ValidationException(_EMPTY)
    content = value[known[0]]
    value.clear()
    value[known[0]] = content
    return _CHECKS[known[0]](value, content, depth)


def canonical_item(item: Item) -> int:
    """Check every attribute, bring all to canonical form in place; returns the item's size."""
    size = 0
    for name, value in item.items():
        if len(value) == 1 and type(text := value.get("S")) is str:
            size += len(text) if text.isascii() else len(text.encode())
        else:
            size += canonical_value(value)
        size += len(name) if name.isascii() else _name_size(name)
    return size


def _name_size(name: str) -> int:
    size = len(name.encode())
    if size > MAX_ATTRIBUTE_NAME_SIZE:
        raise ValidationException(
            f"{_INVALID}Attribute name is too large, must be less than 65536 bytes"
        )
    return size


def canonical_placeholders(values: Item) -> int:
    """The same for ExpressionAttributeValues, whose errors name the placeholder."""
    size = 0
    for name, value in values.items():
        try:
            size += canonical_value(value)
        except ValidationException as error:
            raise ValidationException(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {name}"
            ) from None
        size += len(name)
    return size


_JSON_TYPES = {int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}
_UNEXPECTED_CONTAINERS = {
    dict: "Start of structure or map found where not expected.",
    list: "Unrecognized collection type class java.lang.String",
}


def wrong_json_type(content: object, wanted: str) -> str:
    """The text for a JSON value of another type than the Java class `wanted` takes."""
    if isinstance(content, bool):
        found = "TRUE_VALUE" if content else "FALSE_VALUE"
    elif isinstance(content, dict | list):
        return _UNEXPECTED_CONTAINERS[type(content)]
    else:
        found = _JSON_TYPES[type(content)]
    if wanted in ("List", "Map"):
        return "Unexpected field type"
    return f"{found} cannot be converted to {wanted}"


def _string(_value: AttributeValue, text: object, _depth: int) -> int:
    if type(text) is not str:
        raise SerializationException(wrong_json_type(text, "String"))
    return string_size(text)


def _number(value: AttributeValue, text: object, _depth: int) -> int:
    if type(text) is not str:
        raise SerializationException(wrong_json_type(text, "String"))
    value["N"] = text = canonical_number(text)
    return number_size(text)


def canonical_binary(text: object) -> str:
    """Canonical base64 of a binary as a client wrote it."""
    if type(text) is not str:
        raise SerializationException(wrong_json_type(text, "ByteBuffer"))
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        if len(text) % 4:
            raise SerializationException(
                f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}"
            ) from None
        raise SerializationException("Invalid Base64 content") from None
    return binascii.b2a_base64(raw, newline=False).decode()


def _binary(value: AttributeValue, text: object, _depth: int) -> int:
    value["B"] = text = canonical_binary(text)
    return binary_size(text)


def _elements(content: object) -> list[Any]:
    if type(content) is not list:
        raise SerializationException(wrong_json_type(content, "List"))
    return content


def _string_set(_value: AttributeValue, content: object, _depth: int) -> int:
    texts = _elements(content)
    for text in texts:
        if type(text) is not str:
            raise SerializationException(wrong_json_type(text, "String"))
    if not texts:
        raise ValidationException(f"{_INVALID}An string set  may not be empty")
    if len(set(texts)) < len(texts):
        raise ValidationException(
            f"{_INVALID}Input collection [{', '.join(texts)}] contains duplicates."
        )
    return sum(map(string_size, texts))


def _number_set(value: AttributeValue, content: object, _depth: int) -> int:
    texts = _elements(content)
    for text in texts:
        if type(text) is not str:
            raise SerializationException(wrong_json_type(text, "String"))
    if not texts:
        raise ValidationException(f"{_INVALID}An number set  may not be empty")
    value["NS"] = numbers = [canonical_number(text) for text in texts]
    if len(set(numbers)) < len(numbers):
        raise ValidationException("Input collection contains duplicates")
    return sum(map(number_size, numbers))


def _binary_set(value: AttributeValue, content: object, _depth: int) -> int:
    texts = [canonical_binary(text) for text in _elements(content)]
    if not texts:
        raise ValidationException(f"{_INVALID}Binary sets should not be empty")
    if len(set(texts)) < len(texts):
        raise ValidationException(
            f"{_INVALID}Input collection [{', '.join(texts)}]of type BS contains duplicates."
        )
    value["BS"] = texts
    return sum(map(binary_size, texts))


def _null(_value: AttributeValue, content: object, _depth: int) -> int:
    if content is not True:
        if type(content) is not bool:
            raise SerializationException(wrong_json_type(content, "Boolean"))
        raise ValidationException(
            f"{_INVALID}Null attribute value types must have the value of true"
        )
    return 1


def _boolean(_value: AttributeValue, content: object, _depth: int) -> int:
    if type(content) is not bool:
        raise SerializationException(wrong_json_type(content, "Boolean"))
    return 1


def _list(_value: AttributeValue, content: object, depth: int) -> int:
    if depth > MAX_NESTING_DEPTH:
        raise ValidationException(_TOO_DEEP)
    size = COLLECTION_OVERHEAD
    for element in _elements(content):
        if type(element) is not dict:
            raise SerializationException(wrong_json_type(element, "Map"))
        size += canonical_value(element, depth + 1) + ELEMENT_OVERHEAD
    return size


def _map(_value: AttributeValue, content: object, depth: int) -> int:
    if depth > MAX_NESTING_DEPTH:
        raise ValidationException(_TOO_DEEP)
    if type(content) is not dict:
        raise SerializationException(wrong_json_type(content, "Map"))
    size = COLLECTION_OVERHEAD
    for name, element in content.items():
        if type(element) is not dict:
            raise SerializationException(wrong_json_type(element, "Map"))
        size += _name_size(name) + canonical_value(element, depth + 1) + ELEMENT_OVERHEAD
    return size


_CHECKS: dict[str, Callable[[AttributeValue, Any, int], int]] = {
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
