"""Updates: from text to a function from the old item to the new one.

All operands read the old item, whatever the order of the actions, and indexes of list elements are
those of the old list: removing `l[0], l[1]` removes the first two, and setting an element beyond
the end appends it. So the paths of an update form a tree, which is walked once when the update is
applied: maps and lists that it changes are copied, and everything else is shared with the old item.

Developer guide, "Using update expressions in DynamoDB".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from jedlik.services.dynamodb.expressions.operand_checks import check_defined
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    Action,
    FunctionCall,
    Parts,
    Path,
    Value,
    leaves_of,
    only_replaces,
    replacements,
)
from jedlik.services.dynamodb.expressions.parsing.update_grammar import UpdateGrammar
from jedlik.services.dynamodb.expressions.paths import (
    PathTree,
    Values,
    attributes_led_into,
    path_tree,
    resolve,
)
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.plans import Parsed, ParsedTexts
from jedlik.services.dynamodb.expressions.projection import project_paths
from jedlik.services.dynamodb.expressions.updates.adding import ElementCount
from jedlik.services.dynamodb.expressions.updates.charge import Charge, charge_of
from jedlik.services.dynamodb.expressions.updates.checks import UPDATE, check_action
from jedlik.services.dynamodb.expressions.updates.effects import Compute, Edit, compute_of, edit_of
from jedlik.services.dynamodb.expressions.value_checks import Typed, ValueChecks
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.sizes import part_count

Assigned = tuple[tuple[str, Callable[[Values], AttributeValue]], ...]
"""Attributes whose new value follows from the request, with that value; if only its type does, with
any value of that type."""


Uses = tuple[tuple[str, int], ...]
"""The values that an update uses, and how often."""

_FEW: Final = 256
"""Bytes of values that nearly all requests stay below."""
_MANY: Final = 128 * 1024
"""Parts that are counted: twice as many as may be made under a commit's lock."""
_TOO_MANY: Final = 1 << 40
"""More than may ever be made there."""


class Update:
    """An update with its values, which makes the new item from the old one. `paths` are its
    document paths, in the order of the text; `attributes` their top-level attributes."""

    __slots__ = ("_plan", "_values", "_values_size", "attributes")

    def __init__(self, plan: UpdatePlan, values: Values, values_size: int = _FEW) -> None:
        """`values_size` is how many bytes the values have together, if known."""
        self._plan = plan
        self._values = values
        self._values_size = values_size
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
    def makes(self) -> int:
        """How many values of the request it makes parts of the item, each time that it does: a list
        of a thousand elements is a thousand. Not all are counted if they are very many, and none
        if they have few bytes: no more parts than those."""
        if self._values_size < _FEW:
            return self._plan.most_used * self._values_size
        values, made = self._values, 0
        for name, count in self._plan.uses:
            made += count * part_count(values[name], _MANY)
            if made > _MANY:
                return max(made, _TOO_MANY)
        return made

    @property
    def replaces(self) -> bool:
        """Whether it only replaces and removes whole attributes, and reads none."""
        return self._plan.replaces

    def charge(self) -> int:
        """The bytes of an UpdateExpression in the accounting of UpdateItem (see `charge`); 0 for
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
        "led_into", "most_used", "names", "paths", "reads", "replaces", "uses",
    )  # fmt: skip

    def __init__(
        self,
        tree: PathTree[Compute],
        paths: tuple[Parts, ...],
        names: frozenset[str],
        checks: ValueChecks,
        *,
        creates: bool,
        assigned: Assigned = (),
        charge: Charge | None = None,
        led_into: tuple[str, ...] = (),
        operands: int = 0,
        replaces: bool = False,
        uses: Uses = (),
    ) -> None:
        self.led_into = led_into
        self.uses = uses
        self.most_used = max((count for _, count in uses), default=0)
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
                self._edits.append((str(name), edit_of(node)))
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
    return Update(plan, values, placeholders.values_size)


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
    paths = [(resolve(action.path.parts, names), compute_of(action, names)) for action in actions]
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
        uses=_uses(actions),
    )


def _checked_plan(
    parsed: Parsed[list[Action], UpdatePlan], placeholders: Placeholders
) -> UpdatePlan:
    """Check everything, in the service's order, and compile."""
    names, values = placeholders.names, placeholders.values
    actions = parsed.tree
    for action in actions:
        check_defined(action.path, UPDATE, names, values)
        if action.operand is not None:
            check_defined(action.operand, UPDATE, names, values)
    paths = [(resolve(action.path.parts, names), compute_of(action, names)) for action in actions]
    tree = path_tree(paths, UPDATE)
    typed: list[Typed] = []
    # The operands of ADD and DELETE before those of functions (dynalite, `test/updateItem.js`).
    for action in sorted(actions, key=lambda action: action.section == "SET"):
        typed += check_action(action, values)
    checks = ValueChecks(parsed.values, typed)
    creates = any(action.section in ("SET", "ADD") for action in actions)
    return UpdatePlan(
        tree,
        tuple(path for path, _ in paths),
        parsed.names,
        checks,
        creates=creates,
        assigned=_assigned(actions, names),
        charge=charge_of(actions, names),
        led_into=attributes_led_into(_paths(actions), names),
        operands=_reading(actions),
        replaces=only_replaces(actions),
        uses=_uses(actions),
    )


def _uses(actions: Sequence[Action]) -> Uses:
    used = Counter(
        leaf.name
        for action in actions
        if action.operand is not None
        for leaf in leaves_of(action.operand)
        if isinstance(leaf, Value)
    )
    return tuple(used.items())


def _reading(actions: Sequence[Action]) -> int:
    """The number of actions that read the old item."""
    return sum(action.operand is not None and action.set_to is None for action in actions)


def replacements_of(text: str) -> set[str]:
    """The placeholders of the new values in an UpdateExpression that only replaces whole
    attributes; empty for others. Raises ValidationException if it is not valid."""
    return replacements(_texts.get(text, UPDATE).tree)


def _paths(actions: Sequence[Action]) -> Iterator[Parts]:
    """The paths that actions change, and those that their operands read."""
    for action in actions:
        yield action.path.parts
        if action.operand is not None:
            for leaf in leaves_of(action.operand):
                if isinstance(leaf, Path):
                    yield leaf.parts


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
