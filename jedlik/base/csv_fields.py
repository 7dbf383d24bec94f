"""How long a field of a CSV file may be.

The csv module has one limit for the whole process, 128 KiB unless it is set: less than an attribute
may have. So every reader of CSV sets the same one.
"""

from __future__ import annotations

import csv
from typing import Final

from jedlik.base.limits import MIB

MAX_FIELD_SIZE: Final = 4 * MIB
"""Characters: a few times the longest attribute as JSON."""


def allow_long_fields() -> None:
    """Let csv's readers take fields of up to `MAX_FIELD_SIZE`; longer ones are a csv.Error."""
    csv.field_size_limit(MAX_FIELD_SIZE)
