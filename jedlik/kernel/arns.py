"""Amazon Resource Names of tables, indexes and streams, and names given as either name or ARN.

Forms: Service Authorization Reference, "Resource types defined by Amazon DynamoDB".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jedlik.auth.identity import DEFAULT_ACCOUNT
from jedlik.base.errors import AccessDeniedException, ValidationException

_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table/([^/]+)(/.+)?").fullmatch
_STREAM = re.compile(r"/stream/([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12})").fullmatch
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}").fullmatch


@dataclass(frozen=True, slots=True)
class Arns:
    """Makes and reads the ARNs of one region and account. With `only`, ARNs of other regions and
    accounts name nothing here; without it, the region and account of an ARN make no difference."""

    region: str = "us-east-1"
    account: str = DEFAULT_ACCOUNT
    only: bool = False

    def table_arn(self, table: str) -> str:
        """The ARN of a table."""
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{table}"

    def index_arn(self, table: str, index: str) -> str:
        """The ARN of an index."""
        return f"{self.table_arn(table)}/index/{index}"

    def table_name(self, name_or_arn: str) -> str:
        """The table that a TableName parameter means: a plain name, or a table's ARN.

        If one namespace answers for all regions, any region and account is accepted. Raises
        ValidationException, and AccessDeniedException if the table is another account's.
        """
        if not name_or_arn.startswith("arn:"):
            return name_or_arn
        match = _ARN(name_or_arn)
        if match is None or match[4] or not _NAME(match[3]):
            raise ValidationException(f"Invalid TableArn: {name_or_arn}")
        if self.of_other_partition(name_or_arn):
            raise _invalid("partition", name_or_arn)
        if self.of_other_region(name_or_arn):
            raise _invalid("region", name_or_arn)
        self._check_place(name_or_arn, match)
        return match[3]

    def _check_place(self, arn: str, match: re.Match[str]) -> None:
        """Refuse the ARN of another region, partition or account, if these make a difference."""
        if not self.only:
            return
        if match[1] != self.region or self.of_other_partition(arn):
            raise ValidationException(
                f"Invalid TableArn: Invalid ResourceArn provided as input {arn}"
            )
        if match[2] != self.account:
            raise AccessDeniedException("Access is denied")

    def of_other_account(self, arn: str) -> bool:
        """Whether an ARN is another account's, if that makes a difference."""
        match = _ARN(arn)
        return self.only and match is not None and match[2] != self.account

    def of_other_region(self, arn: str) -> bool:
        """Whether an ARN is another region's, if that makes a difference."""
        match = _ARN(arn)
        return self.only and match is not None and match[1] != self.region

    def of_other_partition(self, arn: str) -> bool:
        """Whether an ARN is of another partition, such as aws-cn, if that makes a difference."""
        return self.only and _ARN(arn) is not None and not arn.startswith("arn:aws:")

    def own(self, arn: str) -> str:
        """The ARN of a resource as in policies. If regions, accounts and partitions make no
        difference, a resource has many ARNs, and this is the one of this server. ARNs of another
        account, and texts that are not the ARN of a table or of something below one, are returned
        unchanged."""
        match = _ARN(arn)
        if match is None or (self.only and match[2] != self.account):
            return arn
        return f"{self.table_arn(match[3])}{match[4] or ''}"

    def resource(self, arn: str) -> tuple[str, str | None] | None:
        """The table that a ResourceArn parameter names, or with a label a stream of it; None if it
        names neither."""
        match = _ARN(arn)
        if match is None:
            return None
        stream = _STREAM(match[4] or "")
        if match[4] and stream is None:
            return None
        self._check_place(arn, match)
        return match[3], stream[1] if stream else None

    def table_of(self, arn: str) -> str | None:
        """The table that a TableArn parameter names; None if it is not the ARN of a table."""
        named = self.resource(arn)
        return None if named is None or named[1] is not None else named[0]

    def stream_arn(self, table: str, label: str) -> str:
        """The ARN of a stream."""
        return f"{self.table_arn(table)}/stream/{label}"

    def stream(self, arn: str) -> tuple[str, str]:
        """The table name and the label that a StreamArn parameter means.

        Raises ValidationException if it is not a stream's ARN.
        """
        match = _ARN(arn)
        stream = match and _STREAM(match[4] or "")
        if not match or not stream:
            raise ValidationException("Invalid StreamArn")
        self._check_place(arn, match)
        return match[3], stream[1]


def _invalid(part: str, arn: str) -> ValidationException:
    return ValidationException(f"1 validation error detected: Invalid AWS {part} in '{arn}'")
