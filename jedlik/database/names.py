"""Amazon Resource Names of tables, indexes, streams and functions, and names given as either name or ARN.

Forms: Service Authorization Reference, "Resource types defined by Amazon DynamoDB".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jedlik.base.errors import ValidationException

_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table/([^/]+)(/.+)?").fullmatch
_FUNCTION = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(?:[0-9]{12}:)?(?:function:)?"
    r"([a-zA-Z0-9_-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?"
).fullmatch
_STREAM = re.compile(
    r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/([^/]+)/stream/([^/]+)"
).fullmatch
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}").fullmatch


@dataclass(frozen=True, slots=True)
class Names:
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

    def resource_table(self, arn: str) -> str | None:
        """The table that a ResourceArn parameter names; None where it names no table."""
        match = _ARN(arn)
        return None if match is None or match[4] else match[3]

    def function_arn(self, function: str) -> str:
        """The ARN of a function."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{function}"

    def mapping_arn(self, uuid: str) -> str:
        """The ARN of an event source mapping."""
        return f"arn:aws:lambda:{self.region}:{self.account}:event-source-mapping:{uuid}"

    def function_name(self, given: str) -> tuple[str, str | None]:
        """Name and qualifier of a FunctionName parameter: a name, an ARN or a part of one.

        What is none of these is taken for a name that no function has.
        """
        match = _FUNCTION(given)
        return (given, None) if match is None else (match[1], match[2])

    def stream_of(self, arn: str) -> tuple[str, str] | None:
        """Table name and label of a stream's ARN; None where it is none."""
        match = _STREAM(arn)
        return None if match is None else (match[1], match[2])
