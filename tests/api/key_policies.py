"""Policies of KMS keys."""

from __future__ import annotations

from typing import Any

from tests.api.accounts import allow

ROOT_ARN = "arn:aws:iam::000000000000:root"


def named(principal: str, *actions: str, **members: Any) -> dict[str, Any]:
    """A statement of a key's policy."""
    return {**allow(*actions, **members), "Principal": {"AWS": principal}}
