"""What an operation is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from jedlik.services.dynamodb.tables.database import Database

Payload = dict[str, Any]
Body = bytes | dict[str, Any]
Operation = Callable[[Database, Payload], Coroutine[Any, Any, Body]]
