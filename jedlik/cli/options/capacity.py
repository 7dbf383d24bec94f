"""The options of capacity: whether it is enforced, and how much there is."""

from __future__ import annotations

from typing import get_args

import click

from jedlik.base.limits import MAX_ACCOUNT_CAPACITY_UNITS, MAX_TABLE_CAPACITY_UNITS
from jedlik.cli.options.numbers import WholeNumber
from jedlik.cli.options.option import option, options
from jedlik.services.dynamodb.capacity.budgets import CAPACITY_TAG, COUNTED, CapacityMode

capacity_options = options(
    option(
        "--capacity",
        type=click.Choice(get_args(CapacityMode)),
        default=COUNTED,
        show_default=True,
        help="counted: consumption is counted and reported, and nothing is throttled. enforced: "
        "tables, indexes and partitions are throttled as in the service. A table's tag "
        f"{CAPACITY_TAG} overrides this for the table.",
    ),
    option(
        "--table-quota",
        type=WholeNumber(1, 1_000_000_000),
        default=MAX_TABLE_CAPACITY_UNITS,
        show_default=True,
        metavar="N",
        help="Read units, and separately write units, that a table or an index may have.",
    ),
    option(
        "--account-quota",
        type=WholeNumber(1, 1_000_000_000),
        default=MAX_ACCOUNT_CAPACITY_UNITS,
        show_default=True,
        metavar="N",
        help="Read units, and separately write units, that all provisioned tables and indexes "
        "together may have.",
    ),
)
