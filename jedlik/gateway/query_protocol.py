"""The query protocol of IAM, STS and CloudWatch: requests are forms, answers XML.

A request is a form: `Action=CreateUser&Version=2010-05-08&Tags.member.1.Key=a`. Dotted names denote
maps, `member` and a number lists. An answer is the action's members in XML, a list's elements
called `member`; times are `datetime`s, and `bytes` are written in base64. AWS query protocol, in
the specification of its service models.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from jedlik.base.errors import ServiceError
from jedlik.base.limits import MIB

XML: Final = b"text/xml"
MAX_SIZE: Final = 1 * MIB
"""The largest action, CreatePolicy, takes 6,144 characters of text in a form; a simulation has
several such texts."""
MAX_FIELDS: Final = 2000
MAX_NAME: Final = 256
"""Characters; the longest name of a parameter has some 60. Each dot makes a map, so long names are
expensive. Errors do not repeat names."""
MAX_DEPTH: Final = 6
MAX_ESCAPES: Final = 65_536
"""Characters written as `%..`: each takes some 0.2 µs, so 1 MB of them would delay all other
requests by a quarter of a second. Twenty policies of the largest size have fewer."""
_MAX_BEGINNING: Final = 1024
"""Bytes; clients write the action first."""
_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
# XML 1.0, 2.2: what no document may contain, escaped or not.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MalformedForm(Exception):
    """The body is not a form of the protocol, or too large; the text says why."""


class Entries(dict[str, Any]):
    """A map, as distinct from a structure: it is written as a list of keys and values."""


def read_form(content: bytes) -> dict[str, Any]:
    """The parameters of a form. Raises MalformedForm if it is not a form or too large."""
    check_size(content)
    root: dict[str, Any] = {}
    for name, value in fields_of(content):
        if len(name) > MAX_NAME:
            raise MalformedForm("The name of a parameter is too long.")
        place = root
        *parents, last = name.split(".")
        if len(parents) > MAX_DEPTH:
            raise MalformedForm("The name of a parameter leads too deep.")
        for parent in parents:
            inner = place.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise MalformedForm("A parameter contradicts another one.")
            place = inner
        if isinstance(place.get(last), dict):
            raise MalformedForm("A parameter contradicts another one.")
        place[last] = value
    return {name: _lists(value) for name, value in root.items()}


def check_size(body: bytes) -> None:
    """Raise MalformedForm if the body is larger than any form. Also called before authentication:
    for an unknown sender, no more than this is hashed."""
    if len(body) > MAX_SIZE:
        raise MalformedForm(f"The request is larger than {MAX_SIZE} bytes.")


def fields_of(content: bytes) -> list[tuple[str, str]]:
    """Names and values of a form in their order; a field without `=` has an empty value. Raises
    MalformedForm if it is not a form, or has more fields or escapes than forms have."""
    if content.count(b"&") >= MAX_FIELDS or content.count(b"%") > MAX_ESCAPES:
        raise MalformedForm("The request is not a form.")
    pairs = (pair.partition(b"=") for pair in content.replace(b"+", b" ").split(b"&") if pair)
    try:
        return [
            (unquote_to_bytes(name).decode("utf-8"), unquote_to_bytes(value).decode("utf-8"))
            for name, _, value in pairs
        ]
    except UnicodeDecodeError:
        raise MalformedForm("The request is not a form.") from None


def beginning_of(content: bytes) -> dict[str, str]:
    """The parameters at the beginning of a form, by their full names; none if it is not a form. For
    requests of unknown senders, whose forms are read no further."""
    try:
        return dict(fields_of(content[:_MAX_BEGINNING]))
    except MalformedForm:
        return {}


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
    """The answer to an action."""
    result = ""
    if members is not None:
        result = f"<{action}Result>{_members(members)}</{action}Result>"
    return (
        f'<{action}Response xmlns="{namespace}">{result}<ResponseMetadata><RequestId>{request_id}'
        f"</RequestId></ResponseMetadata></{action}Response>"
    ).encode()


def write_error(error: ServiceError, code: str, namespace: str, request_id: str) -> bytes:
    """The answer for an error, which has the name `code` in this protocol."""
    fault = "Sender" if error.status < 500 else "Receiver"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{fault}</Type><Code>{code}</Code>'
        f"<Message>{_escaped(error.message)}</Message></Error><RequestId>{request_id}</RequestId>"
        "</ErrorResponse>"
    ).encode()


def _members(members: dict[str, Any]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in members.items())


def _value(value: Any) -> str:
    match value:
        case Entries():
            pairs = ({"key": key, "value": each} for key, each in value.items())
            return "".join(f"<entry>{_members(pair)}</entry>" for pair in pairs)
        case dict():
            return _members(value)
        case list() | tuple():
            return "".join(f"<member>{_value(each)}</member>" for each in value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime(_DATE)
        case bytes():
            return base64.b64encode(value).decode("ascii")
    return _escaped(str(value))


def _escaped(text: str) -> str:
    text = _FORBIDDEN.sub("\ufffd", text)
    return "".join(_ESCAPES.get(char, char) for char in text)
