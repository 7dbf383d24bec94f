"""The APIs behind one front door."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from jedlik.service.exchange import Reply, Request


class Front(NamedTuple):
    """Who takes which requests."""

    submit: Callable[[Request, Reply], None]
    """DynamoDB's and DynamoDB Streams'."""
    submit_keys: Callable[[Request, Reply], None]
    """The key service's."""
