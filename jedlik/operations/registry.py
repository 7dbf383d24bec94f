"""Which operations there are. Those of the service that are not here are not built yet."""

from __future__ import annotations

from jedlik.operations.create_table import create_table
from jedlik.operations.delete_table import delete_table
from jedlik.operations.describe_table import describe_table
from jedlik.operations.list_tables import list_tables
from jedlik.operations.operation import Operation

OPERATIONS: dict[str, Operation] = {
    "CreateTable": create_table,
    "DeleteTable": delete_table,
    "DescribeTable": describe_table,
    "ListTables": list_tables,
}
