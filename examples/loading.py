"""What the programs in this directory share: connect, make a table, load it, ask it, show it.

Nothing here is particular to Jedlik. It is boto3 as one writes it for DynamoDB; only the endpoint
differs.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import boto3
from botocore.exceptions import EndpointConnectionError
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

Item = dict[str, Any]

BATCH_SIZE = 25  # as many as BatchWriteItem takes
ATTEMPTS = 10

# rich leaves out colours where NO_COLOR is set, and all control codes where no one watches.
console = Console(width=None if sys.stdout.isatty() else 120)


def parser(description: str, table_name: str) -> argparse.ArgumentParser:
    """The options that every example takes."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument(
        "--endpoint-url",
        default=os.environ.get("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000"),
        metavar="URL",
        help="where the server listens (default: %(default)s)",
    )
    options.add_argument(
        "--table",
        default=table_name,
        metavar="NAME",
        help="the table to create and load (default: %(default)s)",
    )
    return options


def connect(endpoint_url: str) -> Any:
    """boto3's DynamoDB resource for this endpoint.

    A server on a loopback address takes any credentials and region, so there are defaults for both.
    Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION for a server that checks them.
    """
    return boto3.resource(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
    )


def ensure_table(dynamodb: Any, definition: dict[str, Any]) -> Any:
    """Create the table, or take the one that is there already, and wait until it is active."""
    table = dynamodb.Table(definition["TableName"])
    try:
        dynamodb.create_table(**definition)
    except dynamodb.meta.client.exceptions.ResourceInUseException:
        console.print(f"Table {table.name} exists; loading into it.")
    except EndpointConnectionError as error:
        raise SystemExit(f"{error} Is a server running there? `make serve` starts one.") from None
    table.wait_until_exists()
    return table


def load(dynamodb: Any, table: Any, items: Sequence[Item]) -> None:
    """Put all items, 25 a request, with a progress bar if anybody is there to see one."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    started = time.perf_counter()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"Loading {table.name}", total=len(items))
        for batch in batches(items, BATCH_SIZE):
            write_batch(dynamodb, table.name, batch)
            progress.advance(task, len(batch))
    seconds = time.perf_counter() - started
    console.print(f"Loaded {len(items):,} items into {table.name} in {seconds:.1f} s.")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def write_batch(
    dynamodb: Any, table_name: str, items: list[Item], pause: Callable[[float], None] = time.sleep
) -> None:
    """Put up to 25 items, and go on until the server has taken every one.

    BatchWriteItem may succeed in part: what it did not get to comes back as UnprocessedItems. It is
    the caller's business to send that again, more slowly each time and not in step with others.
    """
    pending = {table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for attempt in range(ATTEMPTS):
        pending = dynamodb.batch_write_item(RequestItems=pending).get("UnprocessedItems", {})
        if not pending:
            return
        pause(random.uniform(0, min(5.0, 0.05 * 2**attempt)))
    left = sum(map(len, pending.values()))
    raise SystemExit(f"{left} items were still unprocessed after {ATTEMPTS} attempts.")


def ask(table: Any, **parameters: Any) -> tuple[list[Item], float]:
    """All items that a Query finds, page after page, and the read units that it took.

    A page ends at 1 MB or at `Limit`. Given a Limit, this asks for that one page only.
    """
    items: list[Item] = []
    units = 0.0
    parameters["ReturnConsumedCapacity"] = "TOTAL"
    while True:
        page = table.query(**parameters)
        items += page.get("Items", [])
        units += float(page["ConsumedCapacity"]["CapacityUnits"])
        if "LastEvaluatedKey" not in page or "Limit" in parameters:
            return items, units
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def show(title: str, how: str, items: Sequence[Item], columns: Sequence[str], units: float) -> None:
    """Print what was asked, how, the first rows of what was found, and what it cost."""
    found = Table(box=SIMPLE)
    for name in columns:
        found.add_column(name, justify="right" if name in NUMERIC else "left")
    for item in items[:ROWS]:
        found.add_row(*(Text(str(item.get(name, ""))) for name in columns))
    if len(items) > ROWS:
        found.add_row(*["..."] * len(columns))
    console.print()
    console.print(Text(title, "bold"))
    console.print(Text(how, "cyan"))
    console.print(found)
    console.print(Text(f"{len(items)} found, {units:g} read units", "dim"))


ROWS = 8
NUMERIC = {"airports", "km", "latitude", "longitude", "precipitation", "temp", "temp_max", "wind"}
