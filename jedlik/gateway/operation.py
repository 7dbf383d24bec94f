"""What an operation is, whatever it works on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

Payload = Mapping[str, Any]
"""A checked payload, for what works with those of several operations: the operations of DynamoDB
name the types of theirs (`dynamodb/payloads.py`)."""
Body = bytes | dict[str, Any]

ContextT = TypeVar("ContextT")
OperationOn = Callable[[ContextT, Any], Coroutine[Any, Any, Body]]
"""Given what the service works with and a checked payload, it gives the answer's body."""
