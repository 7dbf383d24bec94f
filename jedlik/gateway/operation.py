"""The types of operations."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

Payload = Mapping[str, Any]
"""A checked payload of any operation; DynamoDB's have their own types (`dynamodb/payloads.py`)."""
Body = bytes | dict[str, Any]

ContextT = TypeVar("ContextT")
OperationOn = Callable[[ContextT, Any], Coroutine[Any, Any, Body]]
"""Takes the service's context and a checked payload; returns the answer's body."""
