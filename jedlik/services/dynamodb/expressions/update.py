"""Updates: from text to a function from the old item to the new one.

All operands read the old item, whatever the order of the actions, and indexes of list elements are
those of the old list: removing `l[0], l[1]` removes the first two, and setting an element beyond
the end appends it. So the paths of an update form a tree, which is walked once when the update is
applied: maps and lists that it changes are copied, and everything else is shared with the old item.

Developer guide, "Using update expressions in DynamoDB".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.adding import WRONG_TYPE, ElementCount, added, deleted
from jedlik.services.dynamodb.expressions.checks import (
    ClauseChecker,
    needs_path,
    wrong_count,
    wrong_type,
)
from jedlik.services.dynamodb.expressions.grammar import UPDATE_FUNCTIONS
from jedlik.services.dynamodb.expressions.lexer import invalid
from jedlik.services.dynamodb.expressions.paths import (
    PathTree,
    Values,
    attributes_led_into,
    getter,
    path_tree,
    resolve,
)
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.plans import Parsed, ParsedTexts
from jedlik.services.dynamodb.expressions.projection import project_paths
from jedlik.services.dynamodb.expressions.syntax import (
    Action,
    FunctionCall,
    Operand,
    Parts,
    Path,
    Value,
    calls_of,
    leaves_of,
    only_replaces,
    replacements,
)
from jedlik.services.dynamodb.expressions.update_charge import Charge, charge_of
from jedlik.services.dynamodb.expressions.update_grammar import UpdateGrammar
from jedlik.services.dynamodb.expressions.value_checks import Typed, ValueChecks
from jedlik.values.attribute import SET_TYPES, AttributeValue, Item, type_of
from jedlik.values.numbers import add, subtract

Compute = Callable[[Item, Values, ElementCount], AttributeValue | None]
"""Returns the new value of a path; None to remove it. Raises ValidationException."""

Assigned = tuple[tuple[str, Callable[[Values], AttributeValue]], ...]
"""Attributes whose new value follows from the request, with that value; if only its type does, with
any value of that type."""

Edit = Callable[[AttributeValue | None, Item, Values, ElementCount], AttributeValue]
"""Returns a map or list with its changes; raises if it is missing or of another type."""

UPDATE = "UpdateExpression"

_INVALID_PATH = "The document path provided in the update expression is invalid for update"
_MISSING = "The provided expression refers to an attribute that does not exist in the item"

_LONG_NAMES = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "NULL": "NULL", "BOOL": "BOOLEAN",
    "L": "LIST", "M": "MAP",
}  # fmt: skip
"""The names of types in the errors of ADD and DELETE."""


class Update:
    """An update with its values, which makes the new item from the old one. `paths` are its
    document paths, in the order of the text; `attributes` their top-level attributes."""

    __slots__ = ("_plan", "_values", "attributes")

    def __init__(self, plan: UpdatePlan, values: Values) -> None:
        self._plan = plan
        self._values = values
        self.attributes = plan.attributes

    @property
    def paths(self) -> tuple[Parts, ...]:
        return self._plan.paths

    @property
    def led_into(self) -> tuple[str, ...]:
        """The attributes that a path leads into, of targets and of operands."""
        return self._plan.led_into

    @property
    def creates(self) -> bool:
        """Whether the update creates a missing item; one that only removes does not."""
        return self._plan.creates

    @property
    def reads(self) -> int:
        """How often it reads the item: to decode it, and for each operand that reads it."""
        return self._plan.reads

    @property
    def replaces(self) -> bool:
        """Whether it only replaces and removes whole attributes, and reads none."""
        return self._plan.replaces

    def charge(self) -> int:
        """The bytes of an UpdateExpression in the accounting of UpdateItem (`update_charge`); 0 for
        others."""
        charge = self._plan.charge
        return 0 if charge is None else charge.size(self._values)

    def assigned(self) -> Item:
        """New values of attributes, as far as they do not depend on the item (`Assigned`)."""
        return {name: value(self._values) for name, value in self._plan.assigned}

    def apply(self, item: Item) -> Item:
        """The new item; for a missing item, pass its key attributes. Raises ValidationException if
        the update needs something that the item does not have."""
        return self._plan.apply(item, self._values)

    def image(self, item: Item) -> Item:
        """The part that UPDATED_OLD shows of the old item, and UPDATED_NEW of the new one."""
        return self._plan.image(item)


class UpdatePlan:
    """The part of an update that does not depend on the values."""

    __slots__ = (
        "_edits", "_steps", "assigned", "attributes", "charge", "checks", "creates", "image",
        "led_into", "names", "paths", "reads", "replaces",
    )  # fmt: skip

    def __init__(
        self,
        tree: PathTree[Compute],
        paths: tuple[Parts, ...],
        names: frozenset[str],
        checks: ValueChecks,
        creates: bool,
        assigned: Assigned = (),
        charge: Charge | None = None,
        led_into: tuple[str, ...] = (),
        operands: int = 0,
        replaces: bool = False,
    ) -> None:
        self.led_into = led_into
        self.reads = 1 + operands
        self.replaces = replaces
        self.charge = charge
        self.creates = creates
        self.assigned = assigned
        self.names = names
        self.checks = checks
        self.paths = paths
        self.attributes = tuple(str(name) for name in tree.root)
        self.image = project_paths(tree.root)
        self._steps: list[tuple[str, Compute]] = []
        self._edits: list[tuple[str, Edit]] = []
        for name, node in tree.root.items():
            if type(node) is dict:
                self._edits.append((str(name), _edit(node)))
            else:
                self._steps.append((str(name), node))

    def apply(self, item: Item, values: Values) -> Item:
        new = item.copy()
        count = ElementCount()
        for name, compute in self._steps:
            value = compute(item, values, count)
            if value is not None:
                new[name] = value
            elif name in new:
                del new[name]
        for name, edit in self._edits:
            new[name] = edit(item.get(name), item, values, count)
        return new


def _parse(text: str, parameter: str) -> Parsed[list[Action], UpdatePlan]:
    actions = UpdateGrammar(text, parameter).parse()
    leaves: list[Path | Value] = []
    for action in actions:
        leaves.append(action.path)
        if action.operand is not None:
            leaves.extend(leaves_of(action.operand))
    return Parsed(actions, leaves)


_texts = ParsedTexts(_parse)


def compile_update(text: str, placeholders: Placeholders) -> Update:
    """Compile an UpdateExpression. Raises ValidationException."""
    values = placeholders.values
    plan: UpdatePlan | None = placeholders.plans.get(UPDATE)
    if plan is None or not plan.checks.accept(values, UPDATE):
        plan = placeholders.plans[UPDATE] = _plan(text, placeholders)
    return Update(plan, values)


def _plan(text: str, placeholders: Placeholders) -> UpdatePlan:
    parsed = _texts.get(text, UPDATE)
    key = parsed.key(placeholders.names)
    plan = parsed.plans.get(key)
    if plan is None or not plan.checks.accept(placeholders.values, UPDATE):
        plan = _texts.keep(text, key, _checked_plan(parsed, placeholders))
    placeholders.note_used(plan.names, plan.checks.values)
    return plan


def plan_actions(actions: Sequence[Action], names: Mapping[str, str]) -> UpdatePlan:
    """The plan of actions whose operands were checked elsewhere: those of a PartiQL statement.

    Raises ValidationException if two of their paths overlap.
    """
    paths = [(resolve(action.path.parts, names), _compute(action, names)) for action in actions]
    nothing = frozenset[str]()
    checks = ValueChecks(nothing, ())
    return UpdatePlan(
        path_tree(paths, ""),
        tuple(path for path, _ in paths),
        nothing,
        checks,
        creates=False,
        assigned=_assigned(actions, names),
        operands=_reading(actions),
        replaces=only_replaces(actions),
    )


def _checked_plan(
    parsed: Parsed[list[Action], UpdatePlan], placeholders: Placeholders
) -> UpdatePlan:
    """Check everything, in the service's order, and compile."""
    names, values = placeholders.names, placeholders.values
    actions = parsed.tree
    checker = ClauseChecker(UPDATE, names, values)
    for action in actions:
        checker.check_defined(action.path)
        if action.operand is not None:
            checker.check_defined(action.operand)
    paths = [(resolve(action.path.parts, names), _compute(action, names)) for action in actions]
    tree = path_tree(paths, UPDATE)
    typed: list[Typed] = []
    for action in actions:
        typed += _check_action(action, values)
    checks = ValueChecks(parsed.values, typed)
    creates = any(action.section in ("SET", "ADD") for action in actions)
    return UpdatePlan(
        tree,
        tuple(path for path, _ in paths),
        parsed.names,
        checks,
        creates,
        _assigned(actions, names),
        charge_of(actions, names),
        attributes_led_into(_paths(actions), names),
        _reading(actions),
        replaces=only_replaces(actions),
    )


def _reading(actions: Sequence[Action]) -> int:
    """The number of actions that read the old item."""
    return sum(action.operand is not None and action.set_to is None for action in actions)


def replacements_of(text: str) -> set[str]:
    """The same for the text of an UpdateExpression. Raises ValidationException if it is not
    valid."""
    return replacements(_texts.get(text, UPDATE).tree)


def _paths(actions: Sequence[Action]) -> Iterator[Parts]:
    """The paths that actions change, and those that their operands read."""
    for action in actions:
        yield action.path.parts
        if action.operand is not None:
            for leaf in leaves_of(action.operand):
                if isinstance(leaf, Path):
                    yield leaf.parts


# --- Types ----------------------------------------------------------------------------------------

_SETS = frozenset(SET_TYPES)
_OPERAND_TYPES = {
    "ADD": frozenset(["N", *SET_TYPES]),
    "DELETE": _SETS,
    "+": frozenset("N"),
    "-": frozenset("N"),
    "list_append": frozenset("L"),
}


def _check_action(action: Action, values: Values) -> list[Typed]:
    """Check counts and types of an action; returns the values whose type matters."""
    operand = action.operand
    typed: list[Typed] = []
    if operand is None:
        return typed
    if action.section in _OPERAND_TYPES:
        assert isinstance(operand, Value)
        allowed = _OPERAND_TYPES[action.section]
        kind = type_of(values[operand.name])
        if kind not in allowed:
            raise invalid(
                UPDATE,
                "Incorrect operand type for operator or function; "
                f"operator: {action.section}, operand type: {_LONG_NAMES.get(kind, kind)}, "
                f"typeSet: ALLOWED_FOR_{action.section}_OPERAND",
            )
        return [(operand.name, allowed)]
    for call in calls_of(operand):
        typed += _check_call(call, values)
    return typed


def _check_call(call: FunctionCall, values: Values) -> list[Typed]:
    function = call.function
    if len(call.operands) != UPDATE_FUNCTIONS.get(function, 2):
        raise invalid(UPDATE, wrong_count(function, len(call.operands)))
    if function == "if_not_exists":
        if not isinstance(call.operands[0], Path):
            raise invalid(UPDATE, needs_path(function))
        return []
    typed = []
    allowed = _OPERAND_TYPES[function]
    for operand in call.operands:
        kind = ""
        if isinstance(operand, Value):
            kind = type_of(values[operand.name])
            typed.append((operand.name, allowed))
        elif isinstance(operand, FunctionCall) and operand.function == "list_append":
            kind = "L"
        if kind and kind not in allowed:
            raise invalid(UPDATE, wrong_type(function, kind))
    return typed


def _assigned(actions: Sequence[Action], names: Mapping[str, str]) -> Assigned:
    assigned = []
    for action in actions:
        path = resolve(action.path.parts, names)
        value = _known_value(action)
        if value is not None and len(path) == 1:
            assigned.append((str(path[0]), value))
    return tuple(assigned)


def _known_value(action: Action) -> Callable[[Values], AttributeValue] | None:
    operand = action.operand
    if action.section not in ("SET", "ADD"):
        return None
    if isinstance(operand, Value):
        name = operand.name
        return lambda values: values[name]
    if isinstance(operand, FunctionCall):
        result: AttributeValue | None = _RESULTS.get(operand.function)
        return None if result is None else lambda _values: result
    return None


_RESULTS: dict[str, AttributeValue] = {"+": {"N": "0"}, "-": {"N": "0"}, "list_append": {"L": []}}
"""Functions with only one type of result, each with a value of that type."""

# --- Closures -------------------------------------------------------------------------------------


def _compute(action: Action, names: Mapping[str, str]) -> Compute:
    if action.operand is None:
        return lambda _item, _values, _count: None
    if action.section == "SET":
        return _operand(action.operand, names)
    assert isinstance(action.operand, Value)
    name = action.operand.name
    get = getter(resolve(action.path.parts, names))
    combine = added if action.section == "ADD" else deleted
    return lambda item, values, _count: combine(get(item, values), values[name])


def _operand(operand: Operand, names: Mapping[str, str]) -> Compute:
    """The value of an operand of SET, which must not be missing."""
    if isinstance(operand, Value):
        name = operand.name
        return lambda _item, values, _count: values[name]
    if isinstance(operand, FunctionCall):
        return _call(operand, names)
    get = getter(resolve(operand.parts, names))

    def read(item: Item, values: Values, _count: ElementCount) -> AttributeValue:
        value = get(item, values)
        if value is None:
            raise ValidationException(_MISSING)
        return value

    return read


def _call(call: FunctionCall, names: Mapping[str, str]) -> Compute:
    if len(call.operands) != 2:
        # Refused by the checks that follow; there is nothing to compile.
        return lambda _item, _values, _count: None
    first, second = call.operands
    right = _operand(second, names)
    if call.function == "if_not_exists":
        if not isinstance(first, Path):
            return right  # refused by the checks too
        get = getter(resolve(first.parts, names))
        return lambda item, values, count: get(item, values) or right(item, values, count)
    left = _operand(first, names)
    if call.function == "list_append":
        counted = (_is_append(first), _is_append(second))
        return lambda item, values, count: count.joined(
            left(item, values, count), right(item, values, count), counted
        )
    arithmetic = add if call.function == "+" else subtract

    def calculate(item: Item, values: Values, count: ElementCount) -> AttributeValue:
        one, other = left(item, values, count), right(item, values, count)
        if one is None or other is None or "N" not in one or "N" not in other:
            raise ValidationException(WRONG_TYPE)
        return {"N": arithmetic(one["N"], other["N"])}

    return calculate


def _is_append(operand: Operand) -> bool:
    return isinstance(operand, FunctionCall) and operand.function == "list_append"


# --- Maps and lists -------------------------------------------------------------------------------


def _edit(tree: dict[str | int, Any]) -> Edit:
    if type(next(iter(tree))) is int:
        return _edit_list(tree)
    return _edit_map(tree)


def _edit_map(tree: dict[str | int, Any]) -> Edit:
    steps = [(str(name), node) for name, node in tree.items() if type(node) is not dict]
    edits = [(str(name), _edit(node)) for name, node in tree.items() if type(node) is dict]

    def edit(
        value: AttributeValue | None, item: Item, values: Values, count: ElementCount
    ) -> AttributeValue:
        members = None if value is None else value.get("M")
        if members is None:
            raise ValidationException(_INVALID_PATH)
        new = members.copy()
        for name, compute in steps:
            member = compute(item, values, count)
            if member is None:
                new.pop(name, None)
            else:
                new[name] = member
        for name, inner in edits:
            new[name] = inner(members.get(name), item, values, count)
        return {"M": new}

    return edit


def _edit_list(tree: dict[str | int, Any]) -> Edit:
    steps = [
        (int(index), _edit(node) if type(node) is dict else None, node)
        for index, node in sorted(tree.items(), key=lambda pair: int(pair[0]))
    ]

    def edit(
        value: AttributeValue | None, item: Item, values: Values, count: ElementCount
    ) -> AttributeValue:
        elements = None if value is None else value.get("L")
        if elements is None:
            raise ValidationException(_INVALID_PATH)
        new: list[AttributeValue | None] = elements.copy()
        for index, inner, compute in steps:
            element = elements[index] if index < len(elements) else None
            if inner is not None:
                new[index] = inner(element, item, values, count)
                continue
            element = compute(item, values, count)
            if index < len(elements):
                new[index] = element
            else:
                new.append(element)
        return {"L": [element for element in new if element is not None]}

    return edit
