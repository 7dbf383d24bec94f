"""Documents of the AWS CLI: input of create-table and batch-write-item, the answer of
describe-table."""

from __future__ import annotations

from typing import Any, Final

from jedlik.seeding.seed import Seed, Table

_KINDS: Final = {"PutRequest", "DeleteRequest"}
_KEPT: Final = ("StreamSpecification", "DeletionProtectionEnabled", "OnDemandThroughput")
"""Members of a description that CreateTable accepts unchanged."""
_INDEX_MEMBERS: Final = ("IndexName", "KeySchema", "Projection")


def recognizes(document: Any) -> bool:
    """Whether this is one of them."""
    if not isinstance(document, dict):
        return False
    return "KeySchema" in document or isinstance(document.get("Table"), dict) or _is_batch(document)


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
    if "KeySchema" in document:
        return Seed(tables=[Table(document)])
    return Seed(tables=[Table(_defined(document["Table"]))])


def _defined(described: dict[str, Any]) -> dict[str, Any]:
    """The input of CreateTable for a table that DescribeTable describes. KeyError if a member is
    missing."""
    summary = described.get("BillingModeSummary") or {}
    mode = summary.get("BillingMode", "PROVISIONED")
    provisioned = mode == "PROVISIONED"
    definition: dict[str, Any] = {
        **{name: described[name] for name in ("TableName", "KeySchema", "AttributeDefinitions")},
        **{name: described[name] for name in _KEPT if described.get(name)},
        "BillingMode": mode,
    }
    if provisioned:
        definition["ProvisionedThroughput"] = _units(described)
    if described.get("TableClassSummary"):
        definition["TableClass"] = described["TableClassSummary"]["TableClass"]
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes = described.get(kind) or ()
        if indexes:
            definition[kind] = [{name: each[name] for name in _INDEX_MEMBERS} for each in indexes]
    if provisioned:
        for index, each in zip(
            definition.get("GlobalSecondaryIndexes", ()),
            described.get("GlobalSecondaryIndexes") or (),
            strict=True,
        ):
            index["ProvisionedThroughput"] = _units(each)
    return definition


def _units(described: dict[str, Any]) -> dict[str, int]:
    given = described["ProvisionedThroughput"]
    return {name: given[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _is_batch(document: dict[str, Any]) -> bool:
    requests = document.get("RequestItems", document)
    return bool(requests) and all(
        isinstance(puts, list)
        and bool(puts)
        and all(isinstance(each, dict) and _KINDS & set(each) for each in puts)
        for puts in requests.values()
    )
