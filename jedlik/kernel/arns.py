"""Amazon Resource Names of tables, indexes and streams, and names given as either name or ARN.

Forms: Service Authorization Reference, "Resource types defined by Amazon DynamoDB".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jedlik.base.errors import ValidationException

_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table/([^/]+)(/.+)?").fullmatch
_STREAM = re.compile(r"/stream/([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12})").fullmatch
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}").fullmatch


@dataclass(frozen=True, slots=True)
class Arns:
    """Makes and reads the ARNs of one region and account."""

    region: str = "us-east-1"
    account: str = "000000000000"

    def table_arn(self, table: str) -> str:
        """The ARN of a table."""
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{table}"

    def index_arn(self, table: str, index: str) -> str:
        """The ARN of an index."""
        return f"{self.table_arn(table)}/index/{index}"

    def table_name(self, name_or_arn: str) -> str:
        """The table that a TableName parameter means: a plain name, or a table's ARN.

        Whether an ARN names this region and account does not matter: one namespace answers whatever
        region a client was configured for.
        """
        if not name_or_arn.startswith("arn:"):
            return name_or_arn
        match = _ARN(name_or_arn)
        if match is None or match[4] or not _NAME(match[3]):
            raise ValidationException(f"Invalid TableArn: {name_or_arn}")
        return match[3]

    def resource(self, arn: str) -> tuple[str, str | None] | None:
        """What a ResourceArn parameter names: a table, or with a label a stream of it; None where
        it names neither."""
        match = _ARN(arn)
        if match is None:
            return None
        if not match[4]:
            return match[3], None
        stream = _STREAM(match[4])
        return (match[3], stream[1]) if stream else None

    def resource_arn(self, table: str, label: str | None) -> str:
        """The ARN of a table, or with a label of a stream."""
        return self.table_arn(table) if label is None else self.stream_arn(table, label)

    def stream_arn(self, table: str, label: str) -> str:
        """The ARN of a stream."""
        return f"{self.table_arn(table)}/stream/{label}"

    def stream(self, arn: str) -> tuple[str, str]:
        """The table name and the label that a StreamArn parameter means.

        Raises ValidationException where it is no stream's ARN.
        """
        match = _ARN(arn)
        stream = match and _STREAM(match[4] or "")
        if not match or not stream:
            raise ValidationException("Invalid StreamArn")
        return match[3], stream[1]
