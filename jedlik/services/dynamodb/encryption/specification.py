"""The meaning of a request's SSESpecification (API reference, "SSESpecification")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Specification = Mapping[str, Any]


def enables(specification: Specification) -> bool:
    """Whether it requests a visible key: by `Enabled`, or by SSEType if that is absent
    (observed)."""
    enabled: bool | None = specification.get("Enabled")
    return specification.get("SSEType") == "KMS" if enabled is None else enabled


def names_key_by_arn(specification: Specification) -> bool:
    """Whether a specification has the ARN of a key, rather than its id, an alias or nothing. Only
    with an ARN does the service notice that the table already has the key; otherwise it encrypts
    the table again."""
    return ":key/" in (specification.get("KMSMasterKeyId") or "")
