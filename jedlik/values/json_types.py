"""What the service says about a JSON value of a type that it cannot convert.

The texts are those of its parser, which is written in Java.
"""

from __future__ import annotations

from typing import Final

_JAVA_CLASSES: Final = {
    "String": "class java.lang.String",
    "Boolean": "class java.lang.Boolean",
    "ByteBuffer": "class java.nio.ByteBuffer",
    "AttributeValue": "class com.amazonaws.dynamodb.v20120810.AttributeValue",
    "Map": "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
}
_UNEXPECTED_SCALARS: Final = {
    "ByteBuffer": "only base-64-encoded strings are convertible to bytes",
    "List": "Unexpected field type",
    "Map": "Unexpected field type",
    "AttributeValue": "Unexpected value type in payload",
}


def wrong_json_type(content: object, wanted: str) -> str:
    """The text for a JSON value of a type that cannot be converted to `wanted`.

    `wanted` is String, Boolean, ByteBuffer, List, Map or AttributeValue.
    """
    if type(content) is dict:
        return "Start of structure or map found where not expected"
    if type(content) is list:
        return f"Unrecognized collection type {_JAVA_CLASSES[wanted]}"
    if wanted in _UNEXPECTED_SCALARS:
        return _UNEXPECTED_SCALARS[wanted]
    if type(content) is str:
        return "Unexpected token received from parser"
    if type(content) is bool:
        found = "TRUE_VALUE" if content else "FALSE_VALUE"
    else:
        found = "NUMBER_VALUE" if type(content) is int else "DECIMAL_VALUE"
    return f"{found} cannot be converted to {wanted}"
