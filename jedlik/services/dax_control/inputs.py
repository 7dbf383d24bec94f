"""The checker of each control operation's input."""

from __future__ import annotations

from typing import Final

from jedlik.services.dax_control.shapes import OPERATIONS, SHAPES
from jedlik.validation.inputs import checkers

checker_for: Final = checkers(OPERATIONS, SHAPES, drops_nulls=True)
