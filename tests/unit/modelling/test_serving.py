"""Which table or index serves an access pattern."""

from typing import Any

import pytest

from jedlik.modelling.serving import Grade, Serving, serve
from tests.unit.modelling.models import model

BY_STATUS = {"Index": "byStatus", "Key": {"status": "OPEN"}, "Attributes": ["total"]}


def served(**members: Any) -> Serving:
    found = model(**members)
    return serve(found, found.patterns[0])


@pytest.mark.parametrize(
    ("members", "by"),
    [
        ({}, "T, Query"),
        ({"Operation": "GetItem", "Key": {"PK": "USER#{id}", "SK": "ORDER#{at}"}}, "T, GetItem"),
        ({**BY_STATUS, "Key": {"status": "{status}"}}, "byStatus, Query"),
        ({"Operation": "PutItem"}, "T, PutItem"),
        ({"Filter": ["total"], "Keeps": 0.5}, "T, Query"),
        ({"Consistent": True}, "T, Query"),
        ({"PerSecond": 1e5}, "T, Query"),
    ],
)
def test_patterns_that_keys_serve(members: dict[str, Any], by: str) -> None:
    found = served(**members)
    assert (found.grade, found.findings, found.by) == (Grade.GOOD, [], by)


@pytest.mark.parametrize(
    ("members", "grade", "text"),
    [
        ({"Operation": "Scan", "Filter": ["total"]}, Grade.RED, "needs a Scan"),
        ({"Operation": "Scan", "Index": "byStatus"}, Grade.AMBER, "reads a whole index"),
        ({"Index": "none"}, Grade.RED, "no index none (byStatus)"),
        ({"Key": {"status": "OPEN"}}, Grade.RED, "byStatus has one that it does"),
        ({"Key": {"PK": {"begins_with": "USER#"}}}, Grade.RED, "partition key PK"),
        ({"Key": {"PK": "USER#{id}", "total": "9"}}, Grade.RED, "total is not a key of table T"),
        ({"Operation": "GetItem", "Key": {"PK": "USER#{id}"}}, Grade.RED, "SK is missing"),
        ({**BY_STATUS, "Operation": "GetItem"}, Grade.RED, "GetItem reads no indexes"),
        ({**BY_STATUS, "Entity": "User"}, Grade.RED, "no item of it is in byStatus"),
        ({"Key": {"PK": "CUSTOMER#{id}"}}, Grade.RED, "asks for PK CUSTOMER#{id}"),
        ({**BY_STATUS, "Consistent": True}, Grade.RED, "refuse consistent reads"),
        ({"Filter": ["total"], "Keeps": 0.1}, Grade.AMBER, "throws 90% of what is read"),
        ({**BY_STATUS, "Attributes": ["note"]}, Grade.AMBER, "does not project note"),
        ({"PerSecond": 3000, "Hottest": 0.5}, Grade.AMBER, "is a hot key of the table"),
        ({**BY_STATUS, "PerSecond": 7000}, Grade.RED, "OPEN is a hot key of byStatus"),
        ({"Operation": "PutItem", "PerSecond": 2000, "Hottest": 0.6}, Grade.RED, "hot key"),
    ],
)
def test_patterns_that_something_is_wrong_with(
    members: dict[str, Any], grade: Grade, text: str
) -> None:
    found = served(**members)
    assert found.grade is grade
    assert text in " ".join(each.text for each in found.findings)


def test_writes_cost_units_in_every_index_that_has_the_item() -> None:
    assert served(Operation="PutItem").units == 2
    alone = {"Operation": "PutItem", "Entity": "User"}
    assert served(**alone).units == 1
