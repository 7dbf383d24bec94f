"""A small shop on one DynamoDB table: products, customers, carts, orders.

pk              sk               what
PRODUCT#id      PRODUCT          a product and its stock
CUSTOMER#email  CUSTOMER         a customer
CUSTOMER#email  CART             the cart, which expires
CUSTOMER#email  ORDER#number     an order; index `by-status` has it by status and number
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

TABLE = "shop"
CART_SECONDS = 3600


class OutOfStock(Exception):
    """There is not enough of a product, or no such product."""


class Conflict(Exception):
    """It exists already, or somebody else has changed it."""


def create_table() -> Any:
    """Make the table."""
    return boto3.resource("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "status")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-status",
                "KeySchema": [
                    {"AttributeName": "status", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


class Shop:
    """The shop. It makes its own clients, as programs do."""

    def __init__(self) -> None:
        self.table = boto3.resource("dynamodb").Table(TABLE)
        self.client = self.table.meta.client

    # --- Products ---------------------------------------------------------------------------------

    def add_product(
        self, product: str, price: str, stock: int, tags: set[str] | None = None
    ) -> None:
        item = {
            "pk": f"PRODUCT#{product}",
            "sk": "PRODUCT",
            "price": Decimal(price),
            "stock": stock,
        }
        self._create(item if tags is None else {**item, "tags": tags})

    def product(self, product: str) -> dict[str, Any] | None:
        key = {"pk": f"PRODUCT#{product}", "sk": "PRODUCT"}
        return self.table.get_item(Key=key, ConsistentRead=True).get("Item")

    def products(self, *names: str) -> dict[str, dict[str, Any]]:
        keys = [{"pk": f"PRODUCT#{name}", "sk": "PRODUCT"} for name in names]
        found = boto3.resource("dynamodb").batch_get_item(RequestItems={TABLE: {"Keys": keys}})
        return {item["pk"].partition("#")[2]: item for item in found["Responses"][TABLE]}

    def import_products(self, rows: list[tuple[str, str, int]]) -> None:
        with self.table.batch_writer() as batch:
            for name, price, stock in rows:
                item = {"pk": f"PRODUCT#{name}", "sk": "PRODUCT", "price": Decimal(price)}
                batch.put_item({**item, "stock": stock})

    def restock(self, product: str, count: int) -> int:
        changed = self.table.update_item(
            Key={"pk": f"PRODUCT#{product}", "sk": "PRODUCT"},
            UpdateExpression="ADD stock :count",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":count": count},
            ReturnValues="UPDATED_NEW",
        )
        return int(changed["Attributes"]["stock"])

    def reprice(self, product: str, price: str, seen: str) -> None:
        """Set a price, unless somebody has changed it from the one that was seen."""
        self._changed(
            Key={"pk": f"PRODUCT#{product}", "sk": "PRODUCT"},
            UpdateExpression="SET price = :price",
            ConditionExpression="price = :seen",
            ExpressionAttributeValues={":price": Decimal(price), ":seen": Decimal(seen)},
        )

    def tag(self, product: str, *tags: str) -> set[str]:
        changed = self.table.update_item(
            Key={"pk": f"PRODUCT#{product}", "sk": "PRODUCT"},
            UpdateExpression="ADD tags :tags",
            ExpressionAttributeValues={":tags": set(tags)},
            ReturnValues="ALL_NEW",
        )
        return changed["Attributes"]["tags"]

    def cheap(self, most: str) -> list[str]:
        found = self.table.scan(FilterExpression=Attr("price").lte(Decimal(most)))
        return sorted(item["pk"].partition("#")[2] for item in found["Items"])

    # --- Customers and carts ----------------------------------------------------------------------

    def register(self, email: str, name: str) -> None:
        self._create({"pk": f"CUSTOMER#{email}", "sk": "CUSTOMER", "name": name, "address": {}})

    def customer(self, email: str) -> dict[str, Any] | None:
        return self.table.get_item(Key={"pk": f"CUSTOMER#{email}", "sk": "CUSTOMER"}).get("Item")

    def move(self, email: str, **address: str) -> None:
        for name, value in address.items():
            self._changed(
                Key={"pk": f"CUSTOMER#{email}", "sk": "CUSTOMER"},
                UpdateExpression="SET address.#part = :value",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#part": name},
                ExpressionAttributeValues={":value": value},
            )

    def forget(self, email: str) -> int:
        """Delete all of a customer; how many items that were."""
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in self._of(email)]
        with self.table.batch_writer() as batch:
            for key in keys:
                batch.delete_item(key)
        return len(keys)

    def put_in_cart(self, email: str, product: str, count: int, now: int = 0) -> dict[str, int]:
        key = {"pk": f"CUSTOMER#{email}", "sk": "CART"}
        try:
            self.table.put_item(
                Item={**key, "lines": {}}, ConditionExpression=Attr("pk").not_exists()
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
        changed = self.table.update_item(
            Key=key,
            UpdateExpression="SET #lines.#p = if_not_exists(#lines.#p, :zero) + :n, expires = :end",
            ExpressionAttributeNames={"#lines": "lines", "#p": product},
            ExpressionAttributeValues={":zero": 0, ":n": count, ":end": now + CART_SECONDS},
            ReturnValues="ALL_NEW",
        )
        return {name: int(n) for name, n in changed["Attributes"]["lines"].items()}

    def take_out(self, email: str, product: str) -> None:
        self.table.update_item(
            Key={"pk": f"CUSTOMER#{email}", "sk": "CART"},
            UpdateExpression="REMOVE #lines.#p",
            ExpressionAttributeNames={"#lines": "lines", "#p": product},
        )

    def cart(self, email: str) -> dict[str, int]:
        found = self.table.get_item(
            Key={"pk": f"CUSTOMER#{email}", "sk": "CART"},
            ProjectionExpression="#lines",
            ExpressionAttributeNames={"#lines": "lines"},
        )
        return {name: int(n) for name, n in found.get("Item", {}).get("lines", {}).items()}

    # --- Orders -----------------------------------------------------------------------------------

    def order(self, email: str, number: int, lines: dict[str, int]) -> None:
        """Take the products from the stock and note the order: all of it or nothing."""
        writes: list[dict[str, Any]] = [
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": {"pk": f"PRODUCT#{product}", "sk": "PRODUCT"},
                    "UpdateExpression": "SET stock = stock - :count",
                    "ConditionExpression": "stock >= :count",
                    "ExpressionAttributeValues": {":count": count},
                }
            }
            for product, count in lines.items()
        ]
        order = {
            "pk": f"CUSTOMER#{email}",
            "sk": f"ORDER#{number:06}",
            "status": "open",
            "lines": lines,
        }
        put = {"TableName": TABLE, "Item": order, "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            self.client.transact_write_items(TransactItems=[*writes, {"Put": put}])
        except self.client.exceptions.TransactionCanceledException as error:
            *stock, _ = error.response["CancellationReasons"]
            if any(reason["Code"] == "ConditionalCheckFailed" for reason in stock):
                raise OutOfStock from error
            raise Conflict from error

    def orders(self, email: str, page: int = 100) -> Iterator[dict[str, Any]]:
        """All orders of a customer, newest first."""
        condition = Key("pk").eq(f"CUSTOMER#{email}") & Key("sk").begins_with("ORDER#")
        start: dict[str, Any] = {}
        while True:
            found = self.table.query(
                KeyConditionExpression=condition, ScanIndexForward=False, Limit=page, **start
            )
            yield from found["Items"]
            if "LastEvaluatedKey" not in found:
                return
            start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}

    def ship(self, email: str, number: int) -> None:
        self._changed(
            Key={"pk": f"CUSTOMER#{email}", "sk": f"ORDER#{number:06}"},
            UpdateExpression="SET #status = :shipped",
            ConditionExpression="#status = :open",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":shipped": "shipped", ":open": "open"},
        )

    def with_status(self, status: str, before: int | None = None) -> list[int]:
        condition = Key("status").eq(status)
        if before is not None:
            condition &= Key("sk").lt(f"ORDER#{before:06}")
        found = self.table.query(IndexName="by-status", KeyConditionExpression=condition)
        return [int(item["sk"].partition("#")[2]) for item in found["Items"]]

    def count(self, status: str) -> int:
        found = self.table.query(
            IndexName="by-status", KeyConditionExpression=Key("status").eq(status), Select="COUNT"
        )
        return found["Count"]

    # --- Inside -----------------------------------------------------------------------------------

    def _of(self, email: str) -> list[dict[str, Any]]:
        return self.table.query(KeyConditionExpression=Key("pk").eq(f"CUSTOMER#{email}"))["Items"]

    def _create(self, item: dict[str, Any]) -> None:
        try:
            self.table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists())
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise Conflict from error

    def _changed(self, **update: Any) -> None:
        try:
            self.table.update_item(**update)
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise Conflict from error
