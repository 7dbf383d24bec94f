"""Airports: one table for the states of the USA and their 3,376 airports.

Two kinds of items share the table, and with it the item collection of a state:

    kind      pk         sk                gsi1pk     gsi1sk   cell        latitude
    summary   STATE#WA   #SUMMARY          STATES     0065#WA
    airport   STATE#WA   CITY#Seattle#SEA  CODE#SEA   AIRPORT  CELL#47#-123  47.448...

- The table's composite key answers "what is in this state, this city?".
- The index `lookup` is overloaded: an airport by its code, and all states by how many they have.
- The index `by-cell` is for the map: cells of one degree by one degree, airports by latitude within
  a cell. Summaries have no cell, so they are not in it: a sparse index.

The data are `airports.csv` of the package vega-datasets.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from loading import Item, ask, connect, console, ensure_table, load, parser, show
from vega_datasets import local_data

KM_PER_DEGREE = 111.2


def definition(table_name: str) -> dict[str, Any]:
    """What CreateTable is given. Only key attributes are declared; items may have any others."""
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "gsi1pk", "AttributeType": "S"},
            {"AttributeName": "gsi1sk", "AttributeType": "S"},
            {"AttributeName": "cell", "AttributeType": "S"},
            {"AttributeName": "latitude", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "lookup",
                "KeySchema": [
                    {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                    {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by-cell",
                "KeySchema": [
                    {"AttributeName": "cell", "KeyType": "HASH"},
                    {"AttributeName": "latitude", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["code", "name", "city", "longitude"],
                },
            },
        ],
    }


def cell_of(latitude: float, longitude: float) -> str:
    """The cell of one degree by one degree that a place is in."""
    return f"CELL#{math.floor(latitude)}#{math.floor(longitude)}"


def read_items() -> list[Item]:
    """Every airport of the data set, and a summary of every state."""
    with Path(local_data.airports.filepath).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    airports = [
        {
            "pk": f"STATE#{row['state']}",
            "sk": f"CITY#{row['city']}#{row['iata']}",
            "gsi1pk": f"CODE#{row['iata']}",
            "gsi1sk": "AIRPORT",
            "cell": cell_of(float(row["latitude"]), float(row["longitude"])),
            # Numbers go in as Decimal, so that no digit is lost on the way.
            "latitude": Decimal(row["latitude"]),
            "longitude": Decimal(row["longitude"]),
            "code": row["iata"],
            "name": row["name"],
            "city": row["city"],
            "state": row["state"],
        }
        for row in rows
    ]
    summaries = [
        {
            "pk": f"STATE#{state}",
            "sk": "#SUMMARY",
            "gsi1pk": "STATES",
            # A sort key of type S orders text: zeros in front make it order numbers too.
            "gsi1sk": f"{count:04}#{state}",
            "state": state,
            "airports": count,
        }
        for state, count in Counter(row["state"] for row in rows).items()
    ]
    return airports + summaries


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Kilometres between two (latitude, longitude) on a ball, which is near enough."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, place)) for place in (a, b))
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 12742 * math.asin(math.sqrt(half))


def airports_near(table: Any, place: tuple[float, float], km: float) -> tuple[list[Item], float]:
    """The airports within `km` of a place, nearest first.

    One Query for each cell that the circle may touch; in a cell, only the latitudes it reaches.
    """
    latitude, longitude = place
    high = km / KM_PER_DEGREE
    wide = high / math.cos(math.radians(latitude))
    near, units = [], 0.0
    for south in range(math.floor(latitude - high), math.floor(latitude + high) + 1):
        for west in range(math.floor(longitude - wide), math.floor(longitude + wide) + 1):
            found, used = ask(
                table,
                IndexName="by-cell",
                KeyConditionExpression="cell = :cell AND latitude BETWEEN :south AND :north",
                ExpressionAttributeValues={
                    ":cell": cell_of(south, west),
                    ":south": Decimal(str(latitude - high)),
                    ":north": Decimal(str(latitude + high)),
                },
            )
            units += used
            near += found
    for item in near:
        item["km"] = round(distance_km(place, (float(item["latitude"]), float(item["longitude"]))))
    return sorted((item for item in near if item["km"] <= km), key=lambda item: item["km"]), units


def ask_by_state(table: Any) -> None:
    """What the table's own key answers."""
    answer = table.get_item(
        Key={"pk": "STATE#WA", "sk": "#SUMMARY"}, ReturnConsumedCapacity="TOTAL"
    )
    show(
        "How many airports has Washington?",
        "GetItem pk = STATE#WA, sk = #SUMMARY",
        [answer["Item"]],
        ["state", "airports"],
        answer["ConsumedCapacity"]["CapacityUnits"],
    )

    condition = "pk = :state AND begins_with(sk, :city)"
    values = {":state": "STATE#WA", ":city": "CITY#"}
    items, units = ask(table, KeyConditionExpression=condition, ExpressionAttributeValues=values)
    show(
        "Which are they, city by city?",
        f"{condition}  {values}",
        items,
        ["city", "code", "name"],
        units,
    )

    values = {":state": "STATE#WA", ":city": "CITY#Seattle#"}
    items, units = ask(table, KeyConditionExpression=condition, ExpressionAttributeValues=values)
    show("And in Seattle?", f"{condition}  {values}", items, ["city", "code", "name"], units)


def ask_by_index(table: Any) -> None:
    """What the two indexes answer."""
    items, units = ask(
        table,
        IndexName="lookup",
        KeyConditionExpression="gsi1pk = :code",
        ExpressionAttributeValues={":code": "CODE#JFK"},
    )
    show(
        "Which airport is JFK?",
        "index lookup: gsi1pk = CODE#JFK",
        items,
        ["code", "name", "city", "state"],
        units,
    )

    items, units = ask(
        table,
        IndexName="lookup",
        KeyConditionExpression="gsi1pk = :states",
        ExpressionAttributeValues={":states": "STATES"},
        ScanIndexForward=False,
        Limit=5,
    )
    show(
        "Which five states have the most?",
        "index lookup: gsi1pk = STATES, backwards, Limit 5",
        items,
        ["state", "airports"],
        units,
    )

    items, units = airports_near(table, (47.6205, -122.3493), km=40)
    show(
        "What is within 40 km of the Space Needle?",
        "index by-cell: cell = :cell AND latitude BETWEEN :south AND :north, once for each cell",
        items,
        ["km", "code", "name", "city", "latitude", "longitude"],
        units,
    )


def main() -> None:
    arguments = parser(__doc__.splitlines()[0], "Airports").parse_args()
    dynamodb = connect(arguments.endpoint_url)
    table = ensure_table(dynamodb, definition(arguments.table))
    load(dynamodb, table, read_items())
    ask_by_state(table)
    ask_by_index(table)
    console.print()


if __name__ == "__main__":
    main()
