"""Requests with very many values are parsed, and later freed, in steps, between other requests.

A body of 16 MB may have millions of values, all of them valid: 25 items of 400 KB hold as many
empty strings. Parsed at once, they would stop everything for half a second, and be freed in a third
of one. Their checks would stop it for up to two, and those of a million numbers in a set for seven:
they are made in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

from jedlik.base.aside import aside
from jedlik.base.loading import load
from jedlik.base.turns import in_turns
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.api.early_checks import check_early

LONG_BODIES: Final = 3
"""This many are parsed and carried out at a time: each may take 0.9 GB."""
LONG_BODY: Final = 64 * 1024
MANY_COMMAS: Final = 10_000
"""As many values are parsed in some 2 ms. JSON has hardly more values than commas."""
_LARGE_BODY: Final = 4 * 1024 * 1024
"""However few values it has: digits and base64 take some 15 ms a megabyte to check."""
_SHORT_MAP: Final = 1000
_PARSER: Final = "jedlik.base.long_json"


def has_many_values(content: bytes) -> bool:
    """Whether a body is to be parsed in steps, rather than by orjson alone."""
    return len(content) > LONG_BODY and content.count(b",") > MANY_COMMAS


def is_long(content: bytes) -> bool:
    """Whether the body of a request is to be parsed in steps, and checked in a thread."""
    return len(content) > _LARGE_BODY or has_many_values(content)


async def parsed_in_steps(content: bytes) -> Any:
    """The JSON of a body with many values. Raises orjson.JSONDecodeError."""
    await load(_PARSER)
    from jedlik.base.long_json import parse_steps  # noqa: PLC0415

    return await in_turns(parse_steps(content))


async def checked_aside(check: Callable[[Any], Payload], parsed: Any) -> Payload:
    """What `check` returns or raises for the JSON of such a body. Its values are checked as well.

    Each check is a recursive walk over all values, which cannot be cut into steps.
    """
    return await aside(_checked, check, parsed)


def _checked(check: Callable[[Any], Payload], parsed: Any) -> Payload:
    payload = check(parsed)
    check_early(payload)
    return payload


async def free_in_steps(values: Sequence[object]) -> None:
    """Empty what was parsed, piece by piece.

    Keys of items may still be in use (see `metering.contributors`), so their values are left in
    them.
    """
    await in_turns(_emptying(list(values)))


def _emptying(left: list[Any]) -> Generator[None, None, None]:
    while left:
        last = left[-1]
        if isinstance(last, list) and last:
            left.append(last.pop())
        elif isinstance(last, dict) and len(last) > _SHORT_MAP:
            left.append(last.popitem()[1])
        else:
            left.pop()
            if isinstance(last, dict):
                left += [each for each in last.values() if isinstance(each, (list, dict))]
        yield
