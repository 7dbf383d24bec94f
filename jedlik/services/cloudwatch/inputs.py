"""The checker of each operation's input."""

from __future__ import annotations

from typing import Final

from jedlik.services.cloudwatch.shapes import OPERATIONS, SHAPES
from jedlik.validation.amendments import Amendments
from jedlik.validation.inputs import checkers

_AMENDMENTS: Final = Amendments(
    enum_order={"StateValue": ("INSUFFICIENT_DATA", "ALARM", "OK")}  # as the service prints it
)
checker_for: Final = checkers(OPERATIONS, SHAPES, _AMENDMENTS, drops_nulls=True)
