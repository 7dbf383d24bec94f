"""A Python program that creates the tables with boto3, and puts the sample data."""

from __future__ import annotations

from pprint import pformat
from typing import Final

from jedlik.base.printable import printable
from jedlik.modelling.model import Model

_PROGRAM: Final = '''"""Creates the tables of the model {name}, and puts its sample data.

AWS_ENDPOINT_URL says where, for example http://127.0.0.1:8000.
"""

import boto3

TABLES = {tables}

ITEMS = {items}


def main():
    dynamodb = boto3.client("dynamodb")
    for table in TABLES:
        dynamodb.create_table(**table)
        dynamodb.get_waiter("table_exists").wait(TableName=table["TableName"])
    for table, items in ITEMS.items():
        for item in items:
            dynamodb.put_item(TableName=table, Item=item)


if __name__ == "__main__":
    main()
'''


def boto3_program(model: Model) -> str:
    """The program."""
    items = {table.name: list(table.items) for table in model.tables if table.items}
    return _PROGRAM.format(
        name=printable(model.name).replace("\\", "").replace('"', ""),
        tables=pformat([table.definition for table in model.tables], sort_dicts=False, width=100),
        items=pformat(items, sort_dicts=False, width=100),
    )
