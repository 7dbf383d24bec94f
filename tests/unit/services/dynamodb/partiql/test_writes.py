"""Plans of INSERT, UPDATE and DELETE."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.statements import Delete, Exists, Update
from jedlik.services.dynamodb.partiql.writes import NoSingleItem, WritePlan, write_plan

SCHEMA = (("pk", "S", "HASH"), ("sk", "N", "RANGE"))
INCOMPLETE = "Where clause does not contain a mandatory equality on all key attributes"


def planned(text: str, *parameters: Any) -> tuple[WritePlan, dict[str, Any]]:
    prepared = Prepared(text)
    statement = prepared.statement
    assert isinstance(statement, Update | Delete | Exists)
    where = statement.select.where if isinstance(statement, Exists) else statement.where
    values = prepared.bind(list(parameters))
    return write_plan(prepared, where, SCHEMA, values), values


def planned_key(text: str, *parameters: Any) -> Any:
    plan, values = planned(text, *parameters)
    return plan.key(values)


def key(where: str) -> Any:
    plan, values = planned(f"DELETE FROM t WHERE {where}")
    return plan.key(values), plan.filter is not None


def refusal(text: str, *parameters: Any) -> str:
    with pytest.raises(ValidationException) as raised:
        planned_key(text, *parameters)
    assert raised.value.code() == "ValidationException"
    return raised.value.message


KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}


@pytest.mark.parametrize(
    ("where", "filtered"),
    [
        ("pk = 'a' AND sk = 1", False),
        ("1 = sk AND 'a' = pk", False),
        ("(pk = 'a' AND sk = 1) AND x = 2", True),
        ("pk = 'a' AND sk = 1 AND pk = 'a'", False),
        ("pk = 'a' AND sk = 1.0 AND sk = 1e0", False),
        ("pk = 'a' AND sk = 1 AND NOT (x = 1 OR y = 2)", True),
        ("pk = 'a' AND sk = 1 AND sk > 0", True),
    ],
)
def test_the_key_and_the_rest(where: str, filtered: bool) -> None:
    assert key(where) == (KEY, filtered)


@pytest.mark.parametrize(
    "where",
    ["pk = 'a'", "sk = 1", "x = 1", "pk = 'a' AND sk > 1", "pk IN ['a'] AND sk = 1",
     "pk = 'a' AND sk = 1 OR x = 1", "NOT (pk = 'a' AND sk = 1)", "pk = 'a' AND sk = x"],
)  # fmt: skip
def test_all_key_attributes_must_be_given(where: str) -> None:
    assert refusal(f"DELETE FROM t WHERE {where}") == INCOMPLETE
    assert refusal(f"UPDATE t SET x = 1 WHERE {where}") == INCOMPLETE


def test_no_where_clause_gives_no_key() -> None:
    assert refusal("DELETE FROM t") == INCOMPLETE
    assert refusal("UPDATE t SET x = 1") == INCOMPLETE
    with pytest.raises(NoSingleItem):
        key("pk = 'a'")


def test_two_values_for_one_key_attribute() -> None:
    assert refusal("DELETE FROM t WHERE pk = 'a' AND sk = 1 AND pk = 'b'") == (
        "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"
    )


def test_exists_takes_the_first_and_tests_the_second() -> None:
    plan, values = planned("EXISTS(SELECT * FROM t WHERE pk = 'a' AND sk = 1 AND pk = 'b')")
    assert plan.key(values) == KEY
    assert plan.filter is not None
    assert not plan.filter.test(KEY, values)


def test_keys_must_be_of_their_types() -> None:
    assert refusal("DELETE FROM t WHERE pk = 'a' AND sk = 'x'") == (
        "Key attribute's data type should match its data type in table's schema: Key sk"
    )


@pytest.mark.parametrize(
    ("actions", "operator", "kind"),
    [
        ("SET n = 'a' + 1", "+", "S"),
        ("SET n = n - null", "-", "NULL"),
        ("SET n = n + [1]", "+", "L"),
        ("SET n = list_append(n, 1)", "list_append", "N"),
    ],
)
def test_operands_must_be_of_the_types_that_functions_take(
    actions: str, operator: str, kind: str
) -> None:
    assert refusal(f"UPDATE t {actions} WHERE pk = 'a' AND sk = 1") == (
        "Incorrect operand type for operator or function; "
        f"operator or function: {operator}, operand type: {kind}"
    )


def test_parameters_are_checked_each_time() -> None:
    text = "UPDATE t SET n = n + ? WHERE pk = 'a' AND sk = 1"
    planned(text, {"N": "1"})
    assert refusal(text, {"S": "1"}).endswith("operator or function: +, operand type: S")
    assert refusal("UPDATE t SET n = set_add(n, ?) WHERE pk = 'a' AND sk = 1", {"S": "x"}) == (
        "The second argument to SET_ADD must be a value with type SET at 1:26:1"
    )


def test_paths_of_an_update_must_not_meet() -> None:
    assert refusal("UPDATE t SET a = 1, a.b = 2 WHERE pk = 'a' AND sk = 1").startswith(
        "Two document paths overlap with each other"
    )


def test_set_and_remove_work_together() -> None:
    plan, values = planned(
        "UPDATE t SET a = b + 1, s = set_add(s, <<2>>) REMOVE b, l[0] WHERE pk = 'a' AND sk = 1"
    )
    assert plan.update is not None
    item = {"b": {"N": "2"}, "s": {"NS": ["1"]}, "l": {"L": [{"S": "x"}, {"S": "y"}]}}
    assert plan.update.apply(item, values) == {
        "a": {"N": "3"},
        "s": {"NS": ["1", "2"]},
        "l": {"L": [{"S": "y"}]},
    }
