"""Tags in requests: what IAM and STS accept, and the texts of their errors.

IAM user guide, "Tags for IAM resources"; the texts are recorded answers of the service, except that
for reserved keys in STS, which is IAM's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.services.iam import errors

MAX_TAGS: Final = 50
_MAX_KEY: Final = 128
_MAX_VALUE: Final = 256
_PATTERN: Final = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"
_KEY_CONSTRAINT: Final = (
    f"Member must satisfy constraint: [Member must have length less than or equal to {_MAX_KEY}, "
    f"Member must have length greater than or equal to 1, {_PATTERN}, Member must not be null]"
)


def checked_tags(
    given: Sequence[Any], refusal: type[ServiceError], *, any_case: bool = False
) -> dict[str, str]:
    """Tags by key. `refusal` is the error for reserved keys and for two equal keys, compared
    without case unless `any_case` (tags of policies); ValidationError otherwise."""
    _check_count("tags", given)
    tags: dict[str, str] = {}
    seen: set[str] = set()
    for place, tag in enumerate(given, 1):
        key, value = (tag.get("Key"), tag.get("Value")) if isinstance(tag, dict) else (None, None)
        text = "" if value is None else str(value)
        if not isinstance(key, str) or not key:
            raise _broken(f"tags.{place}.member.key", "Member must not be null")
        _check_length(f"tags.{place}.member.key", key, _MAX_KEY)
        _check_length(f"tags.{place}.member.value", text, _MAX_VALUE)
        for member, part in (("key", key), ("value", text)):
            if not all(map(_allowed, part)):
                ending = "*" if member == "value" else "+"
                raise _broken(f"tags.{place}.member.{member}", _PATTERN[:-1] + ending)
        known = key if any_case else key.lower()
        if known in seen:
            note = "" if any_case else " Please note that Tag keys are case insensitive."
            raise refusal(f"Duplicate tag keys found.{note}")
        if key.lower().startswith("aws:"):
            raise refusal("Tag keys beginning with aws: are reserved for system use.")
        seen.add(known)
        tags[key] = text
    return tags


def checked_keys(given: Sequence[Any]) -> list[str]:
    """The TagKeys of a request. Raises ValidationError."""
    _check_count("tagKeys", given)
    for key in given:
        if not isinstance(key, str) or not 0 < len(key) <= _MAX_KEY or not all(map(_allowed, key)):
            raise _broken("tagKeys", _KEY_CONSTRAINT)
    return list(given)


def _check_count(name: str, given: Sequence[Any]) -> None:
    if len(given) > MAX_TAGS:
        raise _broken(name, f"Member must have length less than or equal to {MAX_TAGS}")


def _check_length(place: str, text: str, most: int) -> None:
    if len(text) > most:
        raise _broken(place, f"Member must have length less than or equal to {most}")


def _allowed(letter: str) -> bool:
    return letter in "_.:/=+-@" or unicodedata.category(letter)[0] in "LZN"


def _broken(place: str, constraint: str) -> errors.ValidationError:
    return errors.ValidationError(
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
        f"{constraint}"
    )
