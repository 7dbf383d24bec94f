"""A function as it is stored. Names of members are the API's own (FunctionConfiguration)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

ZIP: Final = "zip"
DIRECTORY: Final = "directory"
ENDPOINT: Final = "endpoint"

LATEST: Final = "$LATEST"


@dataclass(frozen=True, slots=True)
class Code:
    """Where a function's code is.

    `kind` is ZIP (the bytes are stored under the function's `code_id`), DIRECTORY or ENDPOINT;
    `location` is the directory's path or the endpoint's URL. `size` and `sha256` (base64) are those
    of the zip, or of the location's text.
    """

    kind: str
    location: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function.

    `uuid` is unique, even among functions that have the same name at different times. `revision`
    changes with every change: RevisionId. `code_id` names the stored zip. `timeout` is in seconds,
    `memory_size` in MiB, `last_modified` in seconds since the epoch. `settings` holds wire members
    that are only stored and returned.
    """

    name: str
    uuid: str
    revision: str
    code_id: str
    role: str
    code: Code
    last_modified: float
    runtime: str | None = None
    handler: str | None = None
    description: str = ""
    timeout: int = 3
    memory_size: int = 128
    environment: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def function_from_json(data: dict[str, Any]) -> Function:
    """The function from its JSON."""
    return Function(**{**data, "code": Code(**data["code"])})
