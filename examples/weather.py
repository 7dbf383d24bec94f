"""Weather: one table for 1,461 days and 8,759 hours of weather in Seattle.

A time series, in item collections of a size that one wants to read at once: the days of a year, the
hours of a month.

    kind   pk               sk                  gsi1pk     gsi1sk       gsi2pk    gsi2sk
    day    SEATTLE#2012     DAY#2012-01-14      KIND#snow  2012-01-14   WETTEST   4.1
    hour   SEATTLE#2010-07  HOUR#2010-07-08T16                          HOTTEST   81.5

- The table's composite key answers for a span of time.
- The index `by-kind` finds the days of one kind of weather, in order of time.
- The index `extremes` is overloaded and sparse: its sort key is a number, its partitions are lists
  of records. Dry days and cool hours lack its keys and cost it nothing.

The data are `seattle-weather.csv` (2012 to 2015, millimetres, degrees Celsius, metres a second) and
`seattle-temps.csv` (2010, degrees Fahrenheit) of the package vega-datasets.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from loading import Item, ask, connect, console, ensure_table, load, parser, show
from vega_datasets import local_data

HOT = Decimal(75)


def definition(table_name: str) -> dict[str, Any]:
    """What CreateTable is given."""
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "gsi1pk", "AttributeType": "S"},
            {"AttributeName": "gsi1sk", "AttributeType": "S"},
            {"AttributeName": "gsi2pk", "AttributeType": "S"},
            {"AttributeName": "gsi2sk", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            index("by-kind", "gsi1pk", "gsi1sk"),
            index("extremes", "gsi2pk", "gsi2sk"),
        ],
    }


def index(name: str, partition_key: str, sort_key: str) -> dict[str, Any]:
    """A global secondary index that carries whole items."""
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": partition_key, "KeyType": "HASH"},
            {"AttributeName": sort_key, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }


def rows_of(dataset: Any) -> list[dict[str, str]]:
    """The rows of a CSV file that the package brings."""
    with Path(dataset.filepath).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(row: dict[str, str]) -> Item:
    """The item of one day."""
    date = row["date"].replace("/", "-")
    item = {
        "pk": f"SEATTLE#{date[:4]}",
        "sk": f"DAY#{date}",
        "gsi1pk": f"KIND#{row['weather']}",
        "gsi1sk": date,
        "date": date,
        "weather": row["weather"],
    }
    for name in ("precipitation", "temp_max", "temp_min", "wind"):
        item[name] = Decimal(row[name])
    if item["precipitation"] > 0:
        item |= {"gsi2pk": "WETTEST", "gsi2sk": item["precipitation"]}
    return item


def hour(row: dict[str, str]) -> Item:
    """The item of one hour; `date` is like 2010/07/08 16:00."""
    time = row["date"].replace("/", "-").replace(" ", "T")[:13]
    item = {
        "pk": f"SEATTLE#{time[:7]}",
        "sk": f"HOUR#{time}",
        "hour": time,
        "temp": Decimal(row["temp"]),
    }
    if item["temp"] >= HOT:
        item |= {"gsi2pk": "HOTTEST", "gsi2sk": item["temp"]}
    return item


def read_items() -> list[Item]:
    """Every day and every hour."""
    days = map(day, rows_of(local_data.seattle_weather))
    hours = map(hour, rows_of(local_data.seattle_temps))
    return [*days, *hours]


DAY_COLUMNS = ["date", "weather", "precipitation", "temp_max", "wind"]


def days(table: Any) -> None:
    """What the table's own key answers."""
    answer = table.get_item(
        Key={"pk": "SEATTLE#2012", "sk": "DAY#2012-01-14"}, ReturnConsumedCapacity="TOTAL"
    )
    show(
        "What was the weather on 14 January 2012?",
        "GetItem pk = SEATTLE#2012, sk = DAY#2012-01-14",
        [answer["Item"]],
        DAY_COLUMNS,
        answer["ConsumedCapacity"]["CapacityUnits"],
    )

    condition = "pk = :year AND sk BETWEEN :first AND :last"
    values = {":year": "SEATTLE#2012", ":first": "DAY#2012-07-01", ":last": "DAY#2012-07-07"}
    items, units = ask(table, KeyConditionExpression=condition, ExpressionAttributeValues=values)
    show("And in the first week of July?", f"{condition}  {values}", items, DAY_COLUMNS, units)

    condition = "pk = :month AND begins_with(sk, :day)"
    values = {":month": "SEATTLE#2010-07", ":day": "HOUR#2010-07-08"}
    items, units = ask(table, KeyConditionExpression=condition, ExpressionAttributeValues=values)
    show("Hour by hour on 8 July 2010?", f"{condition}  {values}", items, ["hour", "temp"], units)

    # A filter looks at what the key condition found. It saves the way to the client, and no units.
    items, units = ask(
        table,
        KeyConditionExpression="pk = :year",
        FilterExpression="precipitation = :none AND wind > :strong",
        ExpressionAttributeValues={
            ":year": "SEATTLE#2014",
            ":none": Decimal(0),
            ":strong": Decimal(7),
        },
    )
    show(
        "Which days of 2014 were dry and windy?",
        "pk = SEATTLE#2014, filter precipitation = 0 AND wind > 7",
        items,
        DAY_COLUMNS,
        units,
    )


def indexes(table: Any) -> None:
    """What the two indexes answer."""
    condition = "gsi1pk = :kind AND begins_with(gsi1sk, :year)"
    values = {":kind": "KIND#snow", ":year": "2012"}
    items, units = ask(
        table,
        IndexName="by-kind",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
    )
    show(
        "When did it snow in 2012?",
        f"index by-kind: {condition}  {values}",
        items,
        DAY_COLUMNS,
        units,
    )

    count = table.query(
        IndexName="by-kind",
        KeyConditionExpression="gsi1pk = :kind",
        ExpressionAttributeValues={":kind": "KIND#fog"},
        Select="COUNT",
    )["Count"]
    console.print(f"\nHow many days of fog were there? {count} (Select=COUNT sends no items)")

    for title, records, columns in (
        ("The five wettest days?", "WETTEST", DAY_COLUMNS),
        ("The five hottest hours?", "HOTTEST", ["hour", "temp"]),
    ):
        items, units = ask(
            table,
            IndexName="extremes",
            KeyConditionExpression="gsi2pk = :records",
            ExpressionAttributeValues={":records": records},
            ScanIndexForward=False,
            Limit=5,
        )
        how = f"index extremes: gsi2pk = {records}, backwards, Limit 5"
        show(title, how, items, columns, units)

    condition = "gsi2pk = :records AND gsi2sk >= :millimetres"
    items, units = ask(
        table,
        IndexName="extremes",
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":records": "WETTEST", ":millimetres": Decimal(40)},
    )
    show("The days of 40 mm or more?", f"index extremes: {condition}", items, DAY_COLUMNS, units)


def sign_off(table: Any, reader: str) -> bool:
    """Mark a day as checked, if no one has before: the condition and the write are one step."""
    try:
        table.update_item(
            Key={"pk": "SEATTLE#2012", "sk": "DAY#2012-01-14"},
            UpdateExpression="SET checked_by = :reader ADD revision :one",
            ConditionExpression="attribute_exists(pk) AND attribute_not_exists(checked_by)",
            ExpressionAttributeValues={":reader": reader, ":one": 1},
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def main() -> None:
    arguments = parser(__doc__.splitlines()[0], "Weather").parse_args()
    dynamodb = connect(arguments.endpoint_url)
    table = ensure_table(dynamodb, definition(arguments.table))
    load(dynamodb, table, read_items())
    days(table)
    indexes(table)
    console.print()
    for reader in ("station-1", "station-2"):
        outcome = "checked it" if sign_off(table, reader) else "came too late"
        console.print(f"Who checks 14 January 2012? {reader} {outcome}.")


if __name__ == "__main__":
    main()
