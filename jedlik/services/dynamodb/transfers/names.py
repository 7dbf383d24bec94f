"""ARNs of exports and imports: `.../table/NAME/export/ID`, with ids like those of backups."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from jedlik.base.errors import ValidationException
from jedlik.kernel.arns import Arns

_TRANSFER: Final = re.compile(
    r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/([a-zA-Z0-9_.-]{3,255})"
    r"/(export|import|bulk-operation)/([0-9]{14}-[0-9a-f]{8})"
).fullmatch


class Named(NamedTuple):
    """The table and the id in an ARN."""

    table: str
    id: str


def transfer_arn(arns: Arns, kind: str, table: str, transfer_id: str) -> str:
    """The ARN of an export or import; `kind` says which."""
    return f"{arns.table_arn(table)}/{kind}/{transfer_id}"


def named_transfer(kind: str, arn: str) -> Named:
    """The parts of an ExportArn or ImportArn. Raises ValidationException."""
    match = _TRANSFER(arn)
    if match is None or match[2] != kind:
        raise ValidationException(f"Invalid {kind.capitalize()} ARN")
    return Named(match[1], match[3])
