"""A shop: customers, products, orders and their lines (`jedlik model example shop`).

Placing an order takes from the stock and writes the order and its lines in one transaction; where
the stock is too small nothing of it happens.
"""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.conditions import Key
from loading import ask, show
from modelled import did, open_model


def place(table: Any, customer: str, order: str, product: str, quantity: int) -> bool:
    """Place an order of one product; False if there is not enough of it."""
    day = "2026-11-29"
    item = {
        "PK": f"CUSTOMER#{customer}", "SK": f"ORDER#{day}#{order}", "status": "OPEN",
        "GSI1PK": f"OPEN#{day[:7]}", "GSI1SK": f"{day}#{order}",
    }  # fmt: skip
    line = {"PK": f"ORDER#{order}", "SK": "LINE#1", "name": product, "quantity": quantity}
    take = {
        "TableName": table.name,
        "Key": {"PK": f"PRODUCT#{product}", "SK": "ABOUT"},
        "UpdateExpression": "SET stock = stock - :quantity",
        "ConditionExpression": "stock >= :quantity",
        "ExpressionAttributeValues": {":quantity": quantity},
    }
    client = table.meta.client
    try:
        client.transact_write_items(
            TransactItems=[
                {"Update": take},
                {"Put": {"TableName": table.name, "Item": item}},
                {"Put": {"TableName": table.name, "Item": line}},
            ]
        )
    except client.exceptions.TransactionCanceledException:
        return False
    return True


def main() -> None:
    """Load the sample data, sell, and ask what a shop asks."""
    table = open_model("shop", "A shop")
    sold, refused = place(table, "c2", "o4", "cup", 2), place(table, "c2", "o5", "cup", 2)
    did(f"Two cups of three: {sold}; two more: {refused}, and nothing was written.")

    items, units = ask(
        table,
        KeyConditionExpression=Key("PK").eq("CUSTOMER#c2") & Key("SK").begins_with("ORDER#"),
        ScanIndexForward=False,
    )
    show("Bob's orders, newest first", "Query", items, ("SK", "status"), units)
    items, units = ask(
        table,
        IndexName="by-status",
        KeyConditionExpression=Key("GSI1PK").eq("OPEN#2026-11"),
    )
    show("Open orders, oldest first", "Query of an index", items, ("GSI1SK", "status"), units)
    items, units = ask(table, KeyConditionExpression=Key("PK").eq("ORDER#o1"))
    show("The lines of an order", "Query", items, ("SK", "name", "quantity"), units)


if __name__ == "__main__":
    main()
