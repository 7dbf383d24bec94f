"""The methods of DAX's protocol: their numbers, and how many arguments follow."""

from __future__ import annotations

from typing import Final, NamedTuple

from jedlik.dax.wire import cbor

SERVICE: Final = 1
"""The number before every method's number: that of the only service."""


class Method(NamedTuple):
    """A method. `name` is that of the operation of DynamoDB's API, which is also its action in
    policies; None for other methods."""

    number: int
    arguments: int
    name: str | None = None

    @property
    def head(self) -> bytes:
        """The first bytes of its requests."""
        return cbor.integer(SERVICE) + cbor.integer(self.number)


AUTHORIZE: Final = Method(1489122155, 5)
ENDPOINTS: Final = Method(455855874, 0)
DEFINE_KEY_SCHEMA: Final = Method(-742646399, 1)
DEFINE_ATTRIBUTE_LIST: Final = Method(670678385, 1)
DEFINE_ATTRIBUTE_LIST_ID: Final = Method(-1230579644, 1)
GET_ITEM: Final = Method(263244906, 3, "GetItem")
PUT_ITEM: Final = Method(-2106490455, 4, "PutItem")
UPDATE_ITEM: Final = Method(1425579023, 3, "UpdateItem")
DELETE_ITEM: Final = Method(1013539361, 3, "DeleteItem")
QUERY: Final = Method(-931250863, 3, "Query")
SCAN: Final = Method(-1875390620, 2, "Scan")
BATCH_GET_ITEM: Final = Method(-697851100, 2, "BatchGetItem")
BATCH_WRITE_ITEM: Final = Method(116217951, 2, "BatchWriteItem")
TRANSACT_GET_ITEMS: Final = Method(1866287579, 4, "TransactGetItems")
TRANSACT_WRITE_ITEMS: Final = Method(-1160037738, 9, "TransactWriteItems")

METHODS: Final = {
    method.number: method
    for method in (
        AUTHORIZE, ENDPOINTS, DEFINE_KEY_SCHEMA, DEFINE_ATTRIBUTE_LIST, DEFINE_ATTRIBUTE_LIST_ID,
        GET_ITEM, PUT_ITEM, UPDATE_ITEM, DELETE_ITEM, QUERY, SCAN, BATCH_GET_ITEM,
        BATCH_WRITE_ITEM, TRANSACT_GET_ITEMS, TRANSACT_WRITE_ITEMS,
    )
}  # fmt: skip
