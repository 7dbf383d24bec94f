"""The item of an UPDATE, DELETE or EXISTS, and its condition.

The WHERE clause gives every key attribute by `=`; the rest of it is the write's condition.
Developer guide, "PartiQL update statements for DynamoDB" and "PartiQL delete statements": an UPDATE
of a missing item fails its condition, a DELETE of one has no effect.
"""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import ConditionTree
from jedlik.services.dynamodb.expressions.paths import Values
from jedlik.services.dynamodb.expressions.updates.update import UpdatePlan, plan_actions
from jedlik.services.dynamodb.partiql.conditions import WhereChecks, filter_of
from jedlik.services.dynamodb.partiql.key_terms import KeySchema, WrongKeyType, conjuncts, key_term
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.statements import Exists, SetArgument, Update
from jedlik.values.attribute import Key, type_of


class NoSingleItem(ValidationException):
    """A WHERE clause that does not give the key of one item."""

    default_message = "Where clause does not contain a mandatory equality on all key attributes"

    @classmethod
    def code(cls) -> str:
        return ValidationException.code()


class WritePlan:
    """A statement that writes, for one key schema; `filter` is the rest of its WHERE clause,
    `update` the update of an UPDATE, `complete` whether it gives all key attributes."""

    __slots__ = ("_arguments", "_checks", "_key", "complete", "filter", "update")

    def __init__(
        self,
        prepared: Prepared,
        where: ConditionTree | None,
        schema: KeySchema,
        values: Values,
    ) -> None:
        names = prepared.names
        self._checks = WhereChecks(where, names, values)
        self.update: UpdatePlan | None = None
        self._arguments: tuple[SetArgument, ...] = ()
        statement = prepared.statement
        if isinstance(statement, Update):
            self._arguments = statement.arguments
            self.update = plan_actions(statement.actions, names)
        given: dict[str, list[str]] = {name: [] for name, _, _ in schema}
        rest: list[ConditionTree] = []
        for condition in conjuncts(where):
            term = key_term(condition)
            if term is None or term.operator != "=" or term.attribute not in given:
                rest.append(condition)
                continue
            taken = given[term.attribute]
            taken.append(term.values[0])
            if len(taken) > 1 and isinstance(statement, Exists):
                # The first is the key; others are conditions, which may be false.
                taken.pop()
                rest.append(condition)
        self.filter = filter_of(rest, names)
        self.complete = all(given.values())
        self._key = tuple((name, kind, tuple(given[name])) for name, kind, _ in schema)

    def check(self, values: Values) -> None:
        """Raise ValidationException for values of types that the statement cannot take."""
        for argument in self._arguments:
            kind = type_of(values[argument.value])
            if kind not in argument.allowed:
                raise ValidationException(argument.problem.replace("{kind}", kind))
        if self._checks.needed:
            self._checks.check(values)

    def key(self, values: Values) -> Key:
        """The key of the item. Raises NoSingleItem, WrongKeyType."""
        key: Key = {}
        for name, kind, given in self._key:
            if not given:
                raise NoSingleItem
            value = values[given[0]]
            for other in given[1:]:
                if values[other] != value:
                    raise NoSingleItem(
                        f"Multiple conditions on same key {name}. "
                        "Only single item Update/Insert/Delete are supported"
                    )
            if kind not in value:
                raise WrongKeyType(name)
            key[name] = value
        return key


def write_plan(
    prepared: Prepared, where: ConditionTree | None, schema: KeySchema, values: Values
) -> WritePlan:
    """The plan of a statement that writes, from its cache or made now, for `values`.

    Raises ValidationException for statements that cannot be planned and values of wrong types.
    """
    plan: WritePlan | None = prepared.plan(schema)
    if plan is None:
        plan = WritePlan(prepared, where, schema, values)
        prepared.keep(schema, plan)
    plan.check(values)
    return plan
