"""The size of an update expression in the accounting of UpdateItem, which is limited like an
item's.

Like every write, UpdateItem refuses an update if the new item is too large. It also refuses one if
the request itself is too large: it counts as three bytes, and for each action its target, its
operand and a fixed cost. So an update of an item that is nearly full is refused some twenty bytes
too early. This is not documented: the costs were measured on the service, where two thirds of the
regions count like this; transactions, PartiQL and AttributeUpdates do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.services.dynamodb.expressions.parsing.syntax import Action, Operand, Path, Value
from jedlik.services.dynamodb.expressions.paths import Values, resolve
from jedlik.values.attribute import AttributeValue
from jedlik.values.checked_value import CheckedValue
from jedlik.values.sizes import string_size, value_size

_UPDATE: Final = 3
_ACTIONS: Final = {"SET": 19, "ADD": 19, "REMOVE": 1, "DELETE": 1}
_FUNCTIONS: Final = {"+": 34, "-": 37, "list_append": 37, "if_not_exists": 39}
_TARGET_ELEMENT: Final = 4
_OPERAND: Final = 1
_OPERAND_ELEMENT: Final = 14

MAX_UNCHARGED_SIZE: Final = 400
"""Values of up to this many bytes cannot exceed the limit, however often the 4 KB of an expression
use them, so the charge of an update need not be computed."""


class Charge(NamedTuple):
    """The bytes that do not depend on values, and how often each value counts."""

    fixed: int
    uses: tuple[tuple[str, int], ...]

    def size(self, values: Values) -> int:
        """The size of an update; if it exceeds what an item may have, only that this is so.

        An expression may use a value of a million elements hundreds of times: each is measured
        once, and none after the limit.
        """
        size = self.fixed
        for name, count in self.uses:
            if size > MAX_ITEM_SIZE:
                break
            size += count * _size(values[name])
        return size


def _size(value: AttributeValue) -> int:
    known = value.known_size if type(value) is CheckedValue else None
    return value_size(value) if known is None else known


def charge_of(actions: Sequence[Action], names: Mapping[str, str]) -> Charge:
    """The charge of the actions of a checked update expression."""
    fixed = _UPDATE
    used: list[str] = []
    for action in actions:
        fixed += _ACTIONS[action.section]
        first, *rest = resolve(action.path.parts, names)
        fixed += _element(first) + sum(_TARGET_ELEMENT + _element(part) for part in rest)
        if action.operand is not None and action.section != "DELETE":
            fixed += _operand(action.operand, names, used)
    return Charge(fixed, tuple(Counter(used).items()))


def _operand(operand: Operand, names: Mapping[str, str], used: list[str]) -> int:
    """The fixed bytes of an operand; adds the values in it to `used`."""
    if isinstance(operand, Value):
        used.append(operand.name)
        return 0
    if isinstance(operand, Path):
        parts = resolve(operand.parts, names)
        return _OPERAND + sum(_OPERAND_ELEMENT + _element(part) for part in parts)
    inner = sum(_operand(each, names, used) for each in operand.operands)
    return _FUNCTIONS[operand.function] + inner


def _element(part: str | int) -> int:
    return string_size(str(part))
