"""Plans of SELECTs: keys, ranges, filters and order."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.reads import ReadPlan, read_plan
from jedlik.services.dynamodb.partiql.statements import Select

SCHEMA = (("pk", "S", "HASH"), ("sk", "N", "RANGE"))
HASH_ONLY = (("pk", "S", "HASH"),)

Shape = list[tuple[str, str, bool]]


def planned(where: str, schema: tuple[tuple[str, str, str], ...] = SCHEMA) -> ReadPlan:
    prepared = Prepared(f"SELECT * FROM t{where and ' WHERE '}{where}")
    assert isinstance(prepared.statement, Select)
    return read_plan(prepared, prepared.statement, schema, prepared.literals)


def shape(where: str) -> Shape:
    """Partition, condition on the sort key, and whether something is left to filter."""
    prepared = Prepared(f"SELECT * FROM t WHERE {where}")
    assert isinstance(prepared.statement, Select)
    plan = read_plan(prepared, prepared.statement, SCHEMA, prepared.literals)
    values = {name: str(next(iter(value.values()))) for name, value in prepared.literals.items()}

    def sort(branch: object) -> str:
        term = branch.sort  # type: ignore[attr-defined]
        if term is None:
            return ""
        return term.operator + " " + " ".join(values[name] for name in term.values)

    return [
        (values[branch.partition], sort(branch), branch.filter is not None)
        for branch in plan.branches
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("pk = 'a'", [("a", "", False)]),
        ("'a' = pk", [("a", "", False)]),
        ("pk = 'a' AND sk = 1", [("a", "= 1", False)]),
        ("sk > 1 AND pk = 'a'", [("a", "> 1", False)]),
        ("pk = 'a' AND sk BETWEEN 1 AND 2", [("a", "BETWEEN 1 2", False)]),
        ("pk = 'a' AND x = 5", [("a", "", True)]),
        ("pk = 'a' AND sk > 1 AND sk < 5", [("a", "> 1", True)]),
        ("pk = 'a' AND sk > 1 AND sk = 5", [("a", "= 5", True)]),
        ("pk = 'a' AND sk <> 1", [("a", "", True)]),
        ("pk = 'a' AND NOT sk = 1", [("a", "", True)]),
        ("pk IN ['a', 'b']", [("a", "", False), ("b", "", False)]),
        ("pk = 'a' OR pk = 'b'", [("a", "", False), ("b", "", False)]),
        ("pk = 'a' OR pk = 'b' AND sk = 1", [("a", "", False), ("b", "= 1", False)]),
        ("(pk = 'a' OR pk = 'b') AND x = 1", [("a", "", True), ("b", "", True)]),
        ("pk = 'a' AND sk IN [1, 2]", [("a", "= 1", False), ("a", "= 2", False)]),
        ("pk = 'a' AND (sk = 1 OR sk > 5)", [("a", "= 1", False), ("a", "> 5", False)]),
        ("pk = 'a' AND (sk = 1 OR x = 5)", [("a", "= 1", False), ("a", "", True)]),
        (
            "pk IN ['a', 'b'] AND sk IN [1, 2]",
            [("a", "= 1", False), ("a", "= 2", False), ("b", "= 1", False), ("b", "= 2", False)],
        ),
        ("pk = 'a' AND pk = 'b'", [("a", "", True)]),
        ("pk = 'a' AND (pk = 'b' OR x = 1)", [("a", "", True)]),
        ("pk = 'a' AND (x = 1 OR y = 2)", [("a", "", True)]),
        # Scans.
        ("sk = 1", []),
        ("pk > 'a'", []),
        ("begins_with(pk, 'a')", []),
        ("pk = 'a' OR x = 1", []),
        ("NOT pk = 'a'", []),
        ("pk <> 'a'", []),
        ("pk = x", []),
        ("pk IN ['a', x]", []),
        ("pk.x = 'a'", []),
        ("size(pk) = 1", []),
    ],
)
def test_conditions_are_split_into_keys_and_filter(where: str, expected: Shape) -> None:
    assert shape(where) == expected


def test_without_where_everything_is_scanned() -> None:
    plan = planned("")
    assert plan.branches == ()
    assert plan.filter is None


@pytest.mark.parametrize(
    ("where", "key", "only_key"),
    [
        ("pk = 'a' AND sk = 1", True, True),
        ("pk IN ['a'] AND sk IN [1]", True, True),
        ("pk = 'a' AND sk = 1 AND pk = 'a'", True, True),
        ("pk = 'a' AND sk = 1 AND x = 2", True, False),
        ("pk = 'a' AND sk = 1 AND sk > 0", True, False),
        ("pk = 'a'", False, False),
        ("pk = 'a' AND sk > 1", False, False),
        ("pk IN ['a', 'b'] AND sk = 1", False, False),
        ("x = 1", False, False),
    ],
)
def test_reads_of_one_item(where: str, key: bool, only_key: bool) -> None:
    plan = planned(where)
    assert (bool(plan.key), plan.only_key) == (key, only_key)


def test_a_table_without_sort_key_is_read_by_its_partition_key() -> None:
    assert [name for name, _ in planned("pk = 'a'", HASH_ONLY).key] == ["pk"]


def test_key_attributes_given_twice_are_paired() -> None:
    plan = planned("pk = 'a' AND sk = 1 AND pk = 'b' AND sk = 2")
    assert plan.repeats == (("'0", "'2"), ("'1", "'3"))


@pytest.mark.parametrize(
    ("where", "name"),
    [("pk = 1", "pk"), ("pk = 'a' AND sk = 'x'", "sk"), ("pk = 1 OR pk = 'a'", "pk"),
     ("pk = 'a' AND sk IN [1, 'x']", "sk"), ("pk = 'a' AND sk BETWEEN 'x' AND 'y'", "sk")],
)  # fmt: skip
def test_keys_must_be_of_their_types(where: str, name: str) -> None:
    with pytest.raises(ValidationException) as raised:
        planned(where)
    assert raised.value.message == (
        f"Key attribute's data type should match its data type in table's schema: Key {name}"
    )
    assert raised.value.code() == "ValidationException"


def test_what_is_filtered_may_be_of_any_type() -> None:
    assert planned("pk > 1").branches == ()
    assert planned("sk = 'x'").branches == ()


def test_50_reads_at_most() -> None:
    def values(count: int) -> str:
        return ", ".join(f"'{number}'" for number in range(count))

    assert len(planned(f"pk IN [{values(50)}]").branches) == 50
    assert planned(f"pk IN [{values(51)}] OR x = 1").branches == ()
    for where in (
        f"pk IN [{values(51)}]",
        f"pk = 'a' AND sk IN [{values(51)}]".replace("'0'", "0"),
        f"pk IN [{values(26)}] AND (sk = 1 OR sk = 2)",
        " OR ".join(f"pk = '{number}'" for number in range(51)),
    ):
        with pytest.raises(ValidationException) as raised:
            planned(where)
        assert raised.value.message == "Too many decomposed read operations for a given query."


def test_many_ors_that_are_no_keys_are_not_multiplied_out() -> None:
    ors = " AND ".join(f"(a{number} = 1 OR b{number} = 2)" for number in range(60))
    assert len(planned(f"pk = 'a' AND {ors}").branches) == 1


@pytest.mark.parametrize(
    ("order", "partitions", "descending"),
    [
        ("", None, False),
        ("ORDER BY sk", None, False),
        ("ORDER BY sk DESC", None, True),
        ("ORDER BY pk", False, True),
        ("ORDER BY pk DESC", True, True),
        ("ORDER BY pk DESC, sk ASC", True, False),
        ("ORDER BY sk, sk DESC", None, False),
    ],
)
def test_order_by_decides_the_directions(
    order: str, partitions: bool | None, descending: bool
) -> None:
    found = planned(f"pk = 'a' {order}").order
    assert (found.partitions_descending, found.descending) == (partitions, descending)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "WHERE pk = 'a' ORDER BY x",
            "Attribute x in ORDER BY clause must be part of the primary key",
        ),
        (
            "WHERE pk > 'a' ORDER BY sk",
            (
                "Must have at least one non-optional hash key condition in WHERE clause "
                "when using ORDER BY clause."
            ),
        ),
        (
            "WHERE pk IN ['a', 'b'] ORDER BY sk",
            (
                "Must have hash key in ORDER BY clause when more than one hash key condition "
                "specified in WHERE clause."
            ),
        ),
    ],
)
def test_orders_that_cannot_be(rest: str, message: str) -> None:
    prepared = Prepared(f"SELECT * FROM t {rest}")
    assert isinstance(prepared.statement, Select)
    with pytest.raises(ValidationException) as raised:
        read_plan(prepared, prepared.statement, SCHEMA, prepared.literals)
    assert raised.value.message == message


def test_a_plan_is_made_once_for_a_key_schema() -> None:
    prepared = Prepared("SELECT * FROM t WHERE pk = ?")
    assert isinstance(prepared.statement, Select)
    plans = [
        read_plan(prepared, prepared.statement, schema, {"?0": {"S": "a"}})
        for schema in (SCHEMA, tuple(SCHEMA), HASH_ONLY, SCHEMA)
    ]
    assert plans[0] is plans[1] is plans[3]
    assert plans[2] is not plans[0]
    with pytest.raises(ValidationException):
        read_plan(prepared, prepared.statement, SCHEMA, {"?0": {"N": "1"}})
