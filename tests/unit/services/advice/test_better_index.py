"""Advice for reads whose filters drop much, by the indexes that the table has or needs."""

from __future__ import annotations

import pytest

from jedlik.services.advice.better_index import better_read
from jedlik.services.advice.traffic import Dropped
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import ALL, Index, Projection, Table


def schema(partition: str, sort: str | None = None) -> KeySchema:
    return KeySchema(
        (KeyAttribute(partition, "S"),), () if sort is None else (KeyAttribute(sort, "S"),)
    )


TABLE = Table(
    1, "u", "Orders", 0.0, schema("customer", "id"), {},
    (
        Index(5, "by-status", False, schema("status", "day"), Projection(ALL)),
        Index(6, "by-shop", False, schema("shop"), Projection(ALL)),
        Index(7, "by-day", True, schema("customer", "day"), Projection(ALL)),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        (Dropped("Scan", None, ("status",), ("status", "day")), "Query the index by-status"),
        (Dropped("Scan", None, ("shop", "status"), ("shop", "day", "status")), "by-status"),
        (Dropped("Scan", None, ("customer",), ("customer",)), "Do not Scan, but Query the table"),
        (Dropped("Scan", "by-shop", ("customer",), ("customer",)), "Query the table: "),
        (
            Dropped("Scan", None, ("color",), ("size", "color")),
            "Add a global index with the partition key color and the sort key size",
        ),
        (Dropped("Scan", None, ("color",), ("color",)), "partition key color, and Query that"),
        (Dropped("Scan", None, (), ("price", "size")), "No index finds by price and size alone"),
        (Dropped("Scan", None, (), ()), "Query instead"),
        (Dropped("Query", None, (), ("day",)), "Query the index by-day, which has day in its key"),
        (Dropped("Query", None, ("status",), ("status",)), "Query the index by-status"),
        (Dropped("Query", "by-shop", (), ("price",)), "partition key shop and the sort key price"),
        (Dropped("Query", None, ("color",), ("day", "color")), "Query the index by-day"),
        (Dropped("Query", None, (), ()), "Move what they filter by into the sort key"),
    ],
)
def test_what_to_do(dropped: Dropped, said: str) -> None:
    assert said in better_read(TABLE, dropped)
