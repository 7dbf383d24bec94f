"""The canonical text in which a resource policy is stored and returned.

The service returns what a policy says rather than how it was written: without blanks, members in a
fixed order, a list of one as its element, an account's number as the ARN of its root. A policy that
says the same keeps its revision (measured on the service).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

_STATEMENT_ORDER: Final = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition",
)  # fmt: skip
_ACCOUNT_DIGITS: Final = 12
_DEFAULT_VERSION: Final = "2008-10-17"


def canonical_policy(document: dict[str, Any]) -> str:
    """The text of a policy that is known to be well-formed."""
    given = document["Statement"]
    statements = [given] if isinstance(given, dict) else given
    head = {"Version": document.get("Version", _DEFAULT_VERSION)}
    if "Id" in document:
        head["Id"] = document["Id"]
    return orjson.dumps({**head, "Statement": list(map(_statement, statements))}).decode()


def grants_to_everybody(document: dict[str, Any]) -> bool:
    """Whether a statement allows something to any principal on no condition."""
    given = document["Statement"]
    return any(
        statement.get("Effect") == "Allow"
        and not statement.get("Condition")
        and "*" in _principals(statement.get("Principal"))
        for statement in ([given] if isinstance(given, dict) else given)
    )


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _SPELLINGS.get(name, _one)(statement[name])
        for name in _STATEMENT_ORDER
        if name in statement
    }


def _condition(condition: Any) -> Any:
    if not isinstance(condition, dict):
        return condition
    return {
        operator: {key: _one(values) for key, values in keys.items()}
        if isinstance(keys, dict)
        else keys
        for operator, keys in condition.items()
    }


def _one(value: Any) -> Any:
    """The element of a list of one; everything else unchanged."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _principals(principal: Any) -> list[Any]:
    values = principal.values() if isinstance(principal, dict) else (principal,)
    return [each for value in values for each in (value if isinstance(value, list) else (value,))]


def _principal(principal: Any) -> Any:
    if not isinstance(principal, dict):
        return principal
    return {kind: _identities(value) for kind, value in principal.items()}


def _identities(value: Any) -> Any:
    listed = value if isinstance(value, list) else [value]
    return _one(list(dict.fromkeys(map(_identity, listed))))


def _identity(principal: Any) -> Any:
    if isinstance(principal, str) and len(principal) == _ACCOUNT_DIGITS and principal.isdigit():
        return f"arn:aws:iam::{principal}:root"
    return principal


_SPELLINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "Principal": _principal,
    "NotPrincipal": _principal,
    "Condition": _condition,
}
"""The canonical form of members that are more than a list of names."""
