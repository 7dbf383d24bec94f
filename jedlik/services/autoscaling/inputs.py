"""The checker of each scaling operation's input."""

from __future__ import annotations

from typing import Final

from jedlik.services.autoscaling.shapes import OPERATIONS, SHAPES
from jedlik.validation.inputs import checkers

checker_for: Final = checkers(OPERATIONS, SHAPES)
