"""The checker of each key operation's input."""

from __future__ import annotations

from typing import Final

from jedlik.services.kms.shapes import OPERATIONS, SHAPES
from jedlik.validation.inputs import checkers

checker_for: Final = checkers(OPERATIONS, SHAPES)
