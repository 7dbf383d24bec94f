"""Documents of the AWS CLI: input of create-table and batch-write-item, the answer of scan."""

from __future__ import annotations

from typing import Any, Final

from jedlik.seeding.seed import Seed, Table

_KINDS: Final = {"PutRequest", "DeleteRequest"}


def recognizes(document: Any) -> bool:
    """Whether this is one of them."""
    if not isinstance(document, dict):
        return False
    return "KeySchema" in document or "Table" in document or _is_batch(document)


def read(document: dict[str, Any], _name: str) -> Seed:
    """A table, or items of several tables."""
    if _is_batch(document):
        requests = document.get("RequestItems", document)
        return Seed(
            items={
                table: [each["PutRequest"]["Item"] for each in puts if "PutRequest" in each]
                for table, puts in requests.items()
            }
        )
    return Seed(tables=[Table(document)])


def _is_batch(document: dict[str, Any]) -> bool:
    requests = document.get("RequestItems", document)
    return bool(requests) and all(
        isinstance(puts, list)
        and bool(puts)
        and all(isinstance(each, dict) and _KINDS & set(each) for each in puts)
        for puts in requests.values()
    )
