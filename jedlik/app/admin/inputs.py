"""The input of calls of the admin listener: a query, or a JSON object.

Unknown members are refused: a misspelled name must not be treated as one that was left out.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from jedlik.base.errors import ValidationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.protocols import JSON

Types = dict[str, type | tuple[type, ...]]
"""Members that a call accepts, with the Python types of their values."""

_NAMES: Final[dict[type, str]] = {
    str: "a string", int: "a number", float: "a number", dict: "an object", list: "a list",
    bool: "true or false",
}  # fmt: skip


def json_body(request: Request) -> Any:
    """The body, which is JSON of any form. Raises ValidationException."""
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise ValidationException(f"The body is not valid JSON: {error}") from None


def members(request: Request, types: Types) -> dict[str, Any]:
    """The members of a body, which may be empty. Raises ValidationException."""
    if not request.body.strip():
        return {}
    given = json_body(request)
    if not isinstance(given, dict):
        raise ValidationException("The body is not a JSON object.")
    for name, value in given.items():
        if name not in types:
            raise _unknown(name, types)
        expected = types[name]
        kinds = expected if isinstance(expected, tuple) else (expected,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValidationException(f"{name} is not {_NAMES[kinds[0]]}.")
    return given


def query(request: Request, *names: str) -> dict[str, str]:
    """The parameters of the query. Raises ValidationException."""
    text = request.target.partition(b"?")[2].decode("latin-1")
    given = dict(parse_qsl(text, keep_blank_values=True))
    for name in given:
        if name not in names:
            raise _unknown(name, dict.fromkeys(names, str))
    return given


def whole_number(given: dict[str, str], name: str, default: int, most: int) -> int:
    """A parameter that is a whole number. Raises ValidationException."""
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise ValidationException(f"{name} is not a whole number up to {most}.")
    return min(int(text), most)


def required(given: dict[str, Any], name: str) -> Any:
    """A member that must be there. Raises ValidationException."""
    if name not in given:
        raise ValidationException(f"{name} is missing.")
    return given[name]


def json_answer(body: dict[str, Any]) -> Answer:
    """An answer of success."""
    return Answer(200, orjson.dumps(body) + b"\n", JSON)


def _unknown(name: str, types: Types) -> ValidationException:
    taken = f"it takes {', '.join(sorted(types))}" if types else "it takes none"
    return ValidationException(f"There is no parameter {name!r} here; {taken}.")
