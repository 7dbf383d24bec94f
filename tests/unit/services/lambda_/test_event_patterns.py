"""Event patterns: each operator with its counter-case, and all compared with a naive matcher."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.lambda_.event_patterns import PatternError, compile_pattern
from tests.properties import examples

RECORD = {
    "eventName": "MODIFY",
    "dynamodb": {
        "Keys": {"pk": {"S": "user#1"}},
        "NewImage": {"age": {"N": "24"}, "name": {"S": "Ada"}, "ok": {"BOOL": True}},
        "SizeBytes": 26,
        "tags": ["a", "b", ["c"]],
        "lines": [{"sku": "x", "count": 1}, {"sku": "y", "count": 2}],
        "nothing": None,
        "empty": [],
    },
}


def inside(**fields: Any) -> str:
    return json.dumps({"dynamodb": fields})


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["INSERT"]}, False),
        ({"eventName": ["modify"]}, False),
        ({"eventName": ["MODIFY"], "dynamodb": {"SizeBytes": [26]}}, True),
        ({"eventName": ["MODIFY"], "dynamodb": {"SizeBytes": [27]}}, False),
        ({"dynamodb": {"SizeBytes": [26.0]}}, False),
        ({"dynamodb": {"SizeBytes": ["26"]}}, False),
        ({"dynamodb": {"NewImage": {"age": {"N": ["24"]}}}}, True),
        ({"dynamodb": {"NewImage": {"ok": {"BOOL": [True]}}}}, True),
        ({"dynamodb": {"NewImage": {"ok": {"BOOL": [1]}}}}, False),
        ({"dynamodb": {"nothing": [None]}}, True),
        ({"dynamodb": {"eventName": [None]}}, False),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "user#"}]}}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "USER#"}]}}}}, False),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": {"equals-ignore-case": "USER"}}]}}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"suffix": "#1"}]}}}}, True),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"suffix": "user"}]}}}}, False),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"suffix": {"equals-ignore-case": "R#1"}}]}}}}, True),
        ({"eventName": [{"equals-ignore-case": "modify"}]}, True),
        ({"eventName": [{"equals-ignore-case": "modif"}]}, False),
        ({"eventName": [{"anything-but": "REMOVE"}]}, True),
        ({"eventName": [{"anything-but": ["REMOVE", "MODIFY"]}]}, False),
        ({"eventName": [{"anything-but": {"prefix": "MOD"}}]}, False),
        ({"eventName": [{"anything-but": {"suffix": ["X", "Z"]}}]}, True),
        ({"absent": [{"anything-but": "REMOVE"}]}, False),
        ({"dynamodb": {"SizeBytes": [{"anything-but": 26}]}}, False),
        ({"dynamodb": {"SizeBytes": [{"numeric": [">", 20, "<=", 26]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"numeric": ["<", 26]}]}}, False),
        ({"dynamodb": {"SizeBytes": [{"numeric": ["=", 26.0]}]}}, True),
        ({"dynamodb": {"NewImage": {"age": {"N": [{"numeric": ["=", 24]}]}}}}, False),
        ({"eventName": [{"exists": True}]}, True),
        ({"absent": [{"exists": True}]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"absent": {"deep": [{"exists": False}]}}, True),
        ({"dynamodb": {"NewImage": {"age": [{"exists": True}]}}}, False),
        ({"dynamodb": {"NewImage": {"age": {"N": [{"exists": True}]}}}}, True),
        ({"dynamodb": {"empty": [{"exists": False}]}}, True),
        ({"dynamodb": {"tags": ["b"]}}, True),
        ({"dynamodb": {"tags": ["c"]}}, True),
        ({"dynamodb": {"tags": ["d"]}}, False),
        ({"dynamodb": {"lines": {"sku": ["y"], "count": [2]}}}, True),
        ({"dynamodb": {"lines": {"sku": ["y"], "count": [1]}}}, False),
        ({"$or": [{"eventName": ["INSERT"]}, {"dynamodb": {"SizeBytes": [26]}}]}, True),
        ({"$or": [{"eventName": ["INSERT"]}, {"dynamodb": {"SizeBytes": [1]}}]}, False),
        ({"eventName": ["INSERT"], "$or": [{"a": [{"exists": False}]}, {"b": ["x"]}]}, False),
    ],
)
def test_which_records_patterns_match(pattern: dict[str, Any], matches: bool) -> None:
    assert compile_pattern(json.dumps(pattern))(RECORD) is matches


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ('[{"eventName": ["INSERT"=123}]', "not JSON"),
        ("null", "not an object"),
        ("[]", "not an object"),
        ("{}", "Empty objects"),
        ('{"a": {}}', "Empty objects"),
        ('{"a": []}', "empty arrays"),
        ('{"a": "b"}', "must be an object or an array"),
        ('{"a": [["b"]]}', "Arrays in arrays"),
        ('{"a": [{}]}', "exactly one key"),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', "exactly one key"),
        ('{"a": [{"cidr": "10.0.0.0/8"}]}', "Unrecognized match type cidr"),
        ('{"a": [{"prefix": 1}]}', "must be a string"),
        ('{"a": [{"prefix": {"suffix": "x"}}]}', "Unsupported expression in prefix"),
        ('{"a": [{"exists": "yes"}]}', "true or false"),
        ('{"a": [{"numeric": []}]}', "an operator and a number"),
        ('{"a": [{"numeric": ["~", 1]}]}', "operator: ~"),
        ('{"a": [{"numeric": [">", "1"]}]}', "must be a number"),
        ('{"a": [{"numeric": [">", true]}]}', "must be a number"),
        ('{"a": [{"numeric": ["<", 1, ">", 2]}]}', "goes from"),
        ('{"a": [{"numeric": [">", 2, "<", 1]}]}', "less than top"),
        ('{"a": [{"anything-but": []}]}', "at least one"),
        ('{"a": [{"anything-but": ["a", 1]}]}', "strings, or numbers"),
        ('{"a": [{"anything-but": true}]}', "strings, or numbers"),
        ('{"a": [{"anything-but": {"numeric": ["=", 1]}}]}', "Unsupported anything-but"),
        ('{"$or": [{"a": ["b"]}]}', "two objects"),
        ('{"$or": {"a": ["b"]}}', "two objects"),
    ],
)
def test_what_is_no_pattern_is_refused(text: str, why: str) -> None:
    with pytest.raises(PatternError, match=re.escape(why)):
        compile_pattern(text)


# --- Against a matcher that knows nothing but the paths of an event -------------------------------

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from(["", "x", "xy", "X", "yx", 0, 1, 2, 1.0, True, False, None])
TEXTS = st.sampled_from(["", "x", "X", "y", "xy"])
EVENTS = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(SCALARS, max_size=3),
    max_leaves=8,
).filter(lambda event: isinstance(event, dict))


def one(key: str, value: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({key: value})


RULES = st.one_of(
    SCALARS,
    one("exists", st.booleans()),
    one("prefix", TEXTS),
    one("suffix", TEXTS),
    one("equals-ignore-case", TEXTS),
    one("anything-but", st.lists(TEXTS, min_size=1, max_size=2) | st.sampled_from([0, 1, "x"])),
    one("anything-but", one("prefix", TEXTS)),
    one("numeric", st.tuples(st.sampled_from(["<", "<=", "=", ">=", ">"]), st.integers(0, 2))),
)
FIELDS = st.lists(RULES, min_size=1, max_size=3)
PATTERNS = st.recursive(
    st.dictionaries(NAMES, FIELDS, min_size=1, max_size=2),
    lambda inner: (
        st.dictionaries(NAMES, inner | FIELDS, min_size=1, max_size=2)
        | one("$or", st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=6,
)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def accepts(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return same(rule, value)
    ((operator, operand),) = rule.items()
    if operator == "anything-but":
        if isinstance(operand, dict):
            return not accepts(operand, value)
        unwanted = operand if isinstance(operand, list) else [operand]
        return all(not same(each, value) for each in unwanted)
    if operator == "numeric":
        sign, bound = operand
        if type(value) not in (int, float):
            return False
        python = "==" if sign == "=" else sign
        return bool(eval(f"{value!r} {python} {bound!r}"))
    if type(value) is not str:
        return False
    if operator == "prefix":
        return value[: len(operand)] == operand
    if operator == "suffix":
        return value[len(value) - len(operand) :] == operand and len(value) >= len(operand)
    return value.casefold() == operand.casefold()


def naive(pattern: dict[str, Any], event: Any) -> bool:
    event = event if isinstance(event, dict) else {}
    for name, wanted in pattern.items():
        if name == "$or":
            good = any(naive(each, event) for each in wanted)
        elif isinstance(wanted, dict):
            good = naive(wanted, event.get(name))
        else:
            held = event.get(name, [])
            values = held if isinstance(held, list) else [] if isinstance(held, dict) else [held]
            good = False
            for rule in wanted:
                if isinstance(rule, dict) and "exists" in rule:
                    good |= bool(values) is rule["exists"]
                else:
                    good |= any(accepts(rule, value) for value in values)
        if not good:
            return False
    return True


@given(pattern=PATTERNS, event=EVENTS)
@examples(400)
def test_matches_are_those_of_a_naive_matcher(
    pattern: dict[str, Any], event: dict[str, Any]
) -> None:
    assert compile_pattern(json.dumps(pattern))(event) == naive(pattern, event)


@given(text=st.text(max_size=40) | st.recursive(SCALARS, st.lists, max_leaves=4).map(json.dumps))
@examples(100)
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        matcher = compile_pattern(text)
    except PatternError:
        return
    assert matcher(RECORD) in (True, False)


def test_a_match_can_be_ended_within_a_list() -> None:
    class Ended(Exception):
        pass

    looked = [0]

    def on_list() -> None:
        looked[0] += 1
        if looked[0] == 3:
            raise Ended

    nested = compile_pattern('{"a": {"b": ["x"]}}', on_list)
    with pytest.raises(Ended):
        nested({"a": [{"b": "y"}] * 1000})
    looked[0] = 0
    plain = compile_pattern('{"a": ["x", "z", "w"]}', on_list)
    with pytest.raises(Ended):
        plain({"a": ["y"] * 1000})
    assert not compile_pattern('{"a": ["x"]}', on_list)({"a": "y"}), "no list, nothing to end"


def test_a_match_can_end_within_one_test_of_many_values() -> None:
    calls = 0

    def on_list() -> None:
        nonlocal calls
        calls += 1

    unwanted = [f"b{number}" for number in range(500)]
    pattern = json.dumps({"a": [{"anything-but": {"prefix": [*unwanted, "a"]}}]})
    matches = compile_pattern(pattern, on_list)
    assert not matches({"a": [f"a{number}" for number in range(2_000)]})
    assert calls > 5
