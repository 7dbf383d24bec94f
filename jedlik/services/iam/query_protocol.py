"""The forms of the query protocol, and its answers in XML.

A request is a form: `Action=CreateUser&Version=2010-05-08&Tags.member.1.Key=a`. Dotted names denote
maps, `member` and a number lists. An answer is the action's members in XML, a list's elements
called `member`. AWS query protocol, in the specification of its service models.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from jedlik.base.errors import ServiceError
from jedlik.base.limits import MIB
from jedlik.services.iam.errors import InvalidInput
from jedlik.services.iam.operations.shapes import Entries, Time

MAX_SIZE: Final = 1 * MIB
"""The largest action, CreatePolicy, takes 6,144 characters of text in a form; a simulation has
several such texts."""
MAX_FIELDS: Final = 2000
MAX_NAME: Final = 256
"""Characters; the longest name of a parameter has some 60. Dots make maps, so a name's cost depends
on its length. Names are not repeated in errors."""
MAX_DEPTH: Final = 6
MAX_ESCAPES: Final = 65_536
"""Characters that are written as `%..`: each takes some 0.2 µs, so 1 MB of them would delay all
others by a quarter of a second. Twenty policies of the largest size have fewer."""
_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
# XML 1.0, 2.2: what no document may contain, escaped or not.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_form(content: bytes) -> dict[str, Any]:
    """The parameters of a form. Raises InvalidInput if it is not a form or too large."""
    check_size(content)
    root: dict[str, Any] = {}
    for name, value in fields_of(content):
        if len(name) > MAX_NAME:
            raise InvalidInput("The name of a parameter is too long.")
        place = root
        *parents, last = name.split(".")
        if len(parents) > MAX_DEPTH:
            raise InvalidInput("The name of a parameter leads too deep.")
        for parent in parents:
            inner = place.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise InvalidInput("A parameter contradicts another one.")
            place = inner
        if isinstance(place.get(last), dict):
            raise InvalidInput("A parameter contradicts another one.")
        place[last] = value
    return {name: _lists(value) for name, value in root.items()}


def check_size(body: bytes) -> None:
    """Raise InvalidInput if the body is larger than any form. Called before authentication, too: no
    more than this is hashed for an unknown sender."""
    if len(body) > MAX_SIZE:
        raise InvalidInput(f"The request is larger than {MAX_SIZE} bytes.")


def fields_of(content: bytes) -> list[tuple[str, str]]:
    """Names and values of a form in their order; a field without `=` has an empty value. Raises
    InvalidInput if it is not a form, or has more fields or escapes than forms have."""
    if content.count(b"&") >= MAX_FIELDS or content.count(b"%") > MAX_ESCAPES:
        raise InvalidInput("The request is no form.")
    pairs = (pair.partition(b"=") for pair in content.replace(b"+", b" ").split(b"&") if pair)
    try:
        return [
            (unquote_to_bytes(name).decode("utf-8"), unquote_to_bytes(value).decode("utf-8"))
            for name, _, value in pairs
        ]
    except UnicodeDecodeError:
        raise InvalidInput("The request is no form.") from None


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members = value.get("member")
    if len(value) == 1 and isinstance(members, dict) and all(key.isdigit() for key in members):
        ordered = sorted(members, key=lambda key: (len(key), key))
        return [_lists(members[key]) for key in ordered]
    return {key: _lists(each) for key, each in value.items()}


def write_answer(
    action: str, namespace: str, members: dict[str, Any] | None, request_id: str
) -> bytes:
    """The answer of an action."""
    result = ""
    if members is not None:
        result = f"<{action}Result>{_members(members)}</{action}Result>"
    return (
        f'<{action}Response xmlns="{namespace}">{result}<ResponseMetadata><RequestId>{request_id}'
        f"</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


def write_error(error: ServiceError, namespace: str, request_id: str) -> bytes:
    """The answer for an error."""
    kind = "Sender" if error.status < 500 else "Receiver"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{kind}</Type><Code>{error.code()}</Code>'
        f"<Message>{_escaped(error.message)}</Message></Error><RequestId>{request_id}</RequestId>"
        "</ErrorResponse>"
    ).encode()


def _members(members: dict[str, Any]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in members.items())


def _value(value: Any) -> str:
    if isinstance(value, Entries):
        pairs = ({"key": key, "value": each} for key, each in value.items())
        return "".join(f"<entry>{_members(pair)}</entry>" for pair in pairs)
    if isinstance(value, dict):
        return _members(value)
    if isinstance(value, list):
        return "".join(f"<member>{_value(each)}</member>" for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Time):
        return datetime.fromtimestamp(value, UTC).strftime(_DATE)
    return _escaped(str(value))


def _escaped(text: str) -> str:
    text = _FORBIDDEN.sub("\ufffd", text)
    return "".join(_ESCAPES.get(char, char) for char in text)
