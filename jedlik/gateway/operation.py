"""What an operation is, whatever it works on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Payload = dict[str, Any]
Body = bytes | dict[str, Any]

ContextT = TypeVar("ContextT")
OperationOn = Callable[[ContextT, Payload], Coroutine[Any, Any, Body]]
"""Given what the service works with and a checked payload, it gives the answer's body."""
