"""What a request's SSESpecification asks for. API reference, "SSESpecification"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Specification = Mapping[str, Any]


def enables(specification: Specification) -> bool:
    """Whether a table is to be under a key that shows: `Enabled`, and if that is absent SSEType,
    says so (observed)."""
    enabled: bool | None = specification.get("Enabled")
    return specification.get("SSEType") == "KMS" if enabled is None else enabled


def names_key_by_arn(specification: Specification) -> bool:
    """Whether a specification has the ARN of a key, not its id, an alias or nothing. Only of that
    one the service sees that a table is under it already; otherwise it is encrypted again."""
    return ":key/" in (specification.get("KMSMasterKeyId") or "")
