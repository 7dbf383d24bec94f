"""A chat application: rooms, members and messages in one table (`jedlik model example chat`).

Sending a message is one transaction: the message, and for every member of the room when it was last
lively and one more unread. So each member's list of rooms is a Query of an index.
"""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.conditions import Key
from loading import ask, show
from modelled import did, open_model


def send(table: Any, room: str, author: str, at: str, text: str) -> None:
    """Put a message, and tell the members' entries, all or nothing."""
    members, _ = ask(
        table,
        KeyConditionExpression=Key("PK").eq(f"ROOM#{room}") & Key("SK").begins_with("MEMBER#"),
    )
    message = {"PK": f"ROOM#{room}", "SK": f"MESSAGE#{at}#new", "author": author, "text": text}
    updates = [
        {
            "Update": {
                "TableName": table.name,
                "Key": {"PK": member["PK"], "SK": member["SK"]},
                "UpdateExpression": "SET GSI1SK = :active ADD unread :more",
                "ExpressionAttributeValues": {
                    ":active": f"{at}#{room}",
                    ":more": 0 if member["SK"] == f"MEMBER#{author}" else 1,
                },
            }
        }
        for member in members
    ]
    put = {"Put": {"TableName": table.name, "Item": message}}
    table.meta.client.transact_write_items(TransactItems=[put, *updates])


def main() -> None:
    """Load the sample data, send a message, and ask what a chat application asks."""
    table = open_model("chat", "A chat application")
    send(table, "books", "bob", "2026-11-28T10:06:00Z", "No spoilers!")
    did("Bob sent a message to the room: one transaction over the message and both members.")

    items, units = ask(
        table,
        KeyConditionExpression=Key("PK").eq("ROOM#books") & Key("SK").begins_with("MESSAGE#"),
        ScanIndexForward=False,
    )
    show(
        "The newest messages of a room", "Query, backwards", items, ("SK", "author", "text"), units
    )
    items, units = ask(
        table,
        KeyConditionExpression=Key("PK").eq("ROOM#books") & Key("SK").begins_with("MEMBER#"),
    )
    show("The members of a room", "Query", items, ("SK", "unread"), units)
    items, units = ask(
        table,
        IndexName="rooms-of-user",
        KeyConditionExpression=Key("GSI1PK").eq("USER#ann"),
        ScanIndexForward=False,
    )
    show("Ann's rooms", "Query of an index", items, ("PK", "GSI1SK", "unread"), units)


if __name__ == "__main__":
    main()
