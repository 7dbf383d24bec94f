"""Masking of attributes, by rules in a TOML file.

    secret = "any text"          # optional; without it every run makes other values

    [tables.Users]               # or [tables."*"] for every table
    email = "fake:email"
    "address.street" = "redact"  # inside maps
    "cards[].number" = "hash"    # in every element of a list
    id = "hash"

`hash` and fakes are made from the value and the secret: equal values have equal results in every
table and, with a secret in the file, in every run, so that joins still work. `redact` leaves only a
value's type. Key attributes accept only masks that keep them distinct.
"""

from __future__ import annotations

import hmac
import re
import secrets
import tomllib
from base64 import b64encode
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

import orjson

from jedlik.tablefiles.fakes import DISTINCT, FAKES
from jedlik.tablefiles.formats import FileError
from jedlik.values.attribute import AttributeValue, Item

HASH: Final = "hash"
REDACT: Final = "redact"
EVERY_TABLE: Final = "*"
_STEP: Final = re.compile(r"([^.\[\]]+)((?:\[\])*)")
_HASH_SIZE: Final = 24
_NUMBER_DIGITS: Final = 15

Mask = Callable[[AttributeValue], AttributeValue]


class Masks:
    """The rules of a file."""

    def __init__(self, rules: dict[str, dict[str, str]], secret: bytes) -> None:
        self._rules = rules
        self._secret = secret

    def of_table(self, name: str, key_names: Collection[str]) -> Callable[[Item], Item]:
        """The function that masks a table's items. Raises FileError if a rule could make keys
        equal."""
        rules = {**self._rules.get(EVERY_TABLE, {}), **self._rules.get(name, {})}
        steps: list[tuple[list[str], Mask]] = []
        for path, how in rules.items():
            if path in key_names and how != HASH and how.removeprefix("fake:") not in DISTINCT:
                raise FileError(
                    f"{path} is a key of {name}: `{how}` would make keys of different items alike; "
                    "use hash, fake:email or fake:uuid"
                )
            steps.append((_steps(path), self._mask(how)))

        def masked(item: Item) -> Item:
            for path, mask in steps:
                item = _inside({"M": item}, path, mask)["M"]
            return item

        return masked

    def _mask(self, how: str) -> Mask:
        if how == REDACT:
            return _redacted
        make = _hashed if how == HASH else FAKES[how.removeprefix("fake:")]
        return lambda value: _made(value, make, self._secret)


def read_masks(path: Path) -> Masks:
    """The rules of a file. Raises FileError."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError(f"the rules {path} cannot be read: {error}") from error
    unknown = given.keys() - {"secret", "tables"}
    tables = given.get("tables", {})
    if unknown or not isinstance(tables, dict) or not isinstance(given.get("secret", ""), str):
        raise FileError(f"the rules {path} have `secret`, a text, and `tables`, and nothing else")
    for table, rules in tables.items():
        if not isinstance(rules, dict):
            raise FileError(f"the rules of {table} in {path} are not a table of attributes")
        for attribute, how in rules.items():
            _check(table, attribute, how)
    secret = given.get("secret")
    return Masks(tables, secret.encode() if secret else secrets.token_bytes(32))


def _check(table: str, attribute: str, how: Any) -> None:
    place = f"{table}.{attribute}"
    if how not in (HASH, REDACT) and not (
        isinstance(how, str) and how.startswith("fake:") and how[5:] in FAKES
    ):
        known = ", ".join((HASH, REDACT, *(f"fake:{name}" for name in FAKES)))
        raise FileError(f"the rule of {place} is {how!r}, and not one of: {known}")
    if not _steps(attribute):
        raise FileError(f"{place} is not the path of an attribute")


def _steps(path: str) -> list[str]:
    """The parts of a path: names, and `[]` for all elements; empty if it is not a path."""
    steps: list[str] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            return []
        steps += [match[1], *("[]" for _ in range(len(match[2]) // 2))]
    return steps


def _inside(value: AttributeValue, path: list[str], mask: Mask) -> AttributeValue:
    """A value with the part at a path masked; missing parts stay missing."""
    if not path:
        return mask(value)
    step, rest = path[0], path[1:]
    if step == "[]":
        if "L" in value:
            return {"L": [_inside(each, rest, mask) for each in value["L"]]}
        return value
    if "M" not in value or step not in value["M"]:
        return value
    return {"M": {**value["M"], step: _inside(value["M"][step], rest, mask)}}


def _redacted(value: AttributeValue) -> AttributeValue:
    """An empty value of the type; sets cannot be empty, and have one element."""
    ((kind, content),) = value.items()
    if kind in ("SS", "NS", "BS"):
        return {kind: [_redacted({kind[0]: content[0]})[kind[0]]]}
    empty = {"S": "***", "N": "0", "B": "", "BOOL": False, "L": [], "M": {}}
    return {kind: empty.get(kind, content)}


def _made(value: AttributeValue, make: Callable[[bytes], str], secret: bytes) -> AttributeValue:
    """The replacement for a value, of the same type if possible."""
    ((kind, content),) = value.items()
    if kind in ("SS", "NS", "BS"):
        made = [_made({kind[0]: each}, make, secret)[kind[0]] for each in content]
        return {kind: list(dict.fromkeys(made))}
    if kind in ("NULL", "BOOL"):
        return value
    # By its content, not its type: an id that is a number here and a text there still matches.
    text = content if kind in ("S", "N") else orjson.dumps(content).decode()
    digest = hmac.digest(secret, text.encode(), "sha256")
    if kind == "N":
        return {"N": str(int.from_bytes(digest, "big") % 10**_NUMBER_DIGITS)}
    if kind == "B":
        return {"B": b64encode(digest[: _HASH_SIZE // 2]).decode()}
    return {"S": make(digest)}


def _hashed(digest: bytes) -> str:
    return digest.hex()[:_HASH_SIZE]
