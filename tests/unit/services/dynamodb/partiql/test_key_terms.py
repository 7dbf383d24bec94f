"""What a WHERE says about keys."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.partiql.key_terms import (
    KeyTerm,
    conjuncts,
    equality,
    key_term,
    key_terms,
    mentions,
)
from tests.unit.services.dynamodb.partiql.reading import where


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("a = 1", KeyTerm("a", "=", ("'0",))),
        ("1 = a", KeyTerm("a", "=", ("'0",))),
        ("1 < a", KeyTerm("a", ">", ("'0",))),
        ("1 >= a", KeyTerm("a", "<=", ("'0",))),
        ("a <= ?", KeyTerm("a", "<=", ("?0",))),
        ("a BETWEEN 1 AND 2", KeyTerm("a", "BETWEEN", ("'0", "'1"))),
        ("begins_with(a, 'x')", KeyTerm("a", "begins_with", ("'0",))),
        ("a <> 1", None),
        ("1 <> a", None),
        ("a = b", None),
        ("a.b = 1", None),
        ("size(a) = 1", None),
        ("a BETWEEN b AND 2", None),
        ("begins_with(a, b)", None),
        ("contains(a, 'x')", None),
        ("a IS MISSING", None),
        ("NOT a = 1", None),
        ("a = 1 OR a = 2", None),
        ("a IN [1]", None),
    ],
)
def test_what_a_condition_says_of_a_key(text: str, term: KeyTerm | None) -> None:
    assert key_term(where(text)[0]) == term


def test_in_gives_several_values_if_all_are_known() -> None:
    terms = key_terms(where("a IN [1, ?]")[0])
    assert terms == [KeyTerm("a", "=", ("'0",)), KeyTerm("a", "=", ("?0",))]
    assert key_terms(where("a IN [1, b]")[0]) == []
    assert key_terms(where("a.b IN [1]")[0]) == []
    assert equality(terms[0]) == where("a = 1")[0]


def test_conjuncts_of_nested_conditions() -> None:
    assert conjuncts(None) == ()
    assert len(conjuncts(where("a = 1")[0])) == 1
    assert len(conjuncts(where("a = 1 AND (b = 2 AND c = 3)")[0])) == 3
    assert len(conjuncts(where("a = 1 OR b = 2")[0])) == 1


def test_which_attributes_a_condition_mentions() -> None:
    condition = where("NOT (x = 1 OR size(a.b) > 3)")[0]
    assert mentions(condition, "a")
    assert mentions(condition, "x")
    assert not mentions(condition, "b")
