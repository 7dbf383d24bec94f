"""Event patterns: which records an event source mapping delivers.

A pattern has the structure of the event that it matches. For a value of the event it has a list of
accepted values; for an object it has an object, all of whose fields must match. A field that is a
list matches if one of its elements does. Only values count as fields: an object or an empty list
does not "exist".

    {"eventName": ["INSERT", "MODIFY"],
     "dynamodb": {"NewImage": {"year": {"N": [{"prefix": "19"}]}}}}

Lambda developer guide, "Event filtering", filter rule syntax; EventBridge user guide, "Comparison
operators for use in event patterns". Numbers of items are text in the records of streams (`{"N":
"24"}`), so `numeric` does not match them, as in the service.

A match costs the number of tests in the pattern times the number of values in the event's lists: an
item may have a hundred thousand values, and a pattern hundreds of tests. So matchers call `on_list`
while they scan lists; an exception from it ends the match.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

Matcher = Callable[[dict[str, Any]], bool]
"""Whether a parsed event matches."""

_Test = Callable[[Any], bool]
_Field = Callable[[list[Any]], bool]
_OnList = Callable[[], None]

_OR: Final = "$or"
_MAX_DEPTH: Final = 100
_SLICE: Final = 256
"""Values of a list that are tested at a time."""
_EMPTY: Final[dict[str, Any]] = {}
_NOTHING: Final[list[Any]] = []


class PatternError(Exception):
    """The text is not a valid pattern; the message says why."""


def _go_on() -> None:
    """Does not end the match."""


def compile_pattern(text: str, on_list: _OnList = _go_on) -> Matcher:
    """The matcher of a pattern's JSON. Raises PatternError."""
    try:
        pattern = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PatternError(f"It is not JSON: {error}") from None
    if not isinstance(pattern, dict):
        raise PatternError("It is not an object")
    return _object(pattern, 0, on_list)


def _object(pattern: dict[str, Any], depth: int, on_list: _OnList) -> Matcher:
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    if depth > _MAX_DEPTH:
        raise PatternError("It is nested too deeply")
    parts = []
    for name, wanted in pattern.items():
        if name == _OR:
            parts.append(_any_of(wanted, depth, on_list))
        elif isinstance(wanted, dict):
            parts.append(_nested(name, _object(wanted, depth + 1, on_list), on_list))
        elif isinstance(wanted, list):
            parts.append(_field(name, wanted, on_list))
        else:
            raise PatternError(f'"{name}" must be an object or an array')
    if len(parts) == 1:
        return parts[0]
    return lambda event: all(part(event) for part in parts)


def _any_of(alternatives: Any, depth: int, on_list: _OnList) -> Matcher:
    if (
        not isinstance(alternatives, list)
        or len(alternatives) < 2
        or not all(isinstance(each, dict) for each in alternatives)
    ):
        raise PatternError('"$or" must be an array of two objects or more')
    matchers = [_object(each, depth + 1, on_list) for each in alternatives]
    return lambda event: any(matcher(event) for matcher in matchers)


def _nested(name: str, inner: Matcher, on_list: _OnList) -> Matcher:
    def match_one(each: dict[str, Any]) -> bool:
        on_list()
        return inner(each)

    def match(event: dict[str, Any]) -> bool:
        value = event.get(name)
        if value.__class__ is dict:
            return inner(value)
        if value.__class__ is list:
            objects = _objects(value)
            if objects:
                return any(map(match_one, objects))
        return inner(_EMPTY)

    return match


def _objects(values: list[Any]) -> list[dict[str, Any]]:
    found = []
    for value in values:
        if isinstance(value, dict):
            found.append(value)
        elif isinstance(value, list):
            found += _objects(value)
    return found


def _scalars(values: list[Any]) -> list[Any]:
    found = []
    for value in values:
        if isinstance(value, list):
            found += _scalars(value)
        elif not isinstance(value, dict):
            found.append(value)
    return found


def _field(name: str, wanted: list[Any], on_list: _OnList) -> Matcher:
    if not wanted:
        raise PatternError(f'"{name}": empty arrays are not allowed')
    tests = [_rule(each) for each in wanted]

    def match(event: dict[str, Any]) -> bool:
        value = event.get(name, _NOTHING)
        kind = value.__class__
        if kind is not list:
            values = _NOTHING if kind is dict else [value]
            return any(test(values) for test in tests)
        values = _scalars(value)
        # One test, of what a value must not be, may have many texts.
        slices = [values[start : start + _SLICE] for start in range(0, len(values), _SLICE)]
        for test in tests:
            for some in slices or [values]:
                on_list()
                if test(some):
                    return True
        return False

    return match


def _some(test: _Test) -> _Field:
    return lambda values: any(map(test, values))


def _rule(wanted: Any) -> _Field:
    """The test for one element of a pattern's list."""
    if isinstance(wanted, list):
        raise PatternError("Arrays in arrays are not allowed")
    if not isinstance(wanted, dict):
        return _some(_equal(wanted))
    if len(wanted) != 1:
        raise PatternError("A match expression has exactly one key")
    ((operator, operand),) = wanted.items()
    if operator == "exists":
        if not isinstance(operand, bool):
            raise PatternError("exists takes true or false")
        return bool if operand else _is_missing
    compiler = _OPERATORS.get(operator)
    if compiler is None:
        raise PatternError(f"Unrecognized match type {operator}")
    return _some(compiler(operand))


def _is_missing(values: list[Any]) -> bool:
    return not values


def _equal(wanted: Any) -> _Test:
    """Equal, and of the same JSON type: 300 and 300.0 differ ("Event patterns", EventBridge)."""
    kind = type(wanted)
    return lambda value: value.__class__ is kind and value == wanted


def _text(operator: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise PatternError(f"{operator} match pattern must be a string")
    return operand


def _ignored_case(operator: str, operand: Any) -> str | None:
    """The text in {"equals-ignore-case": text}; None if the operand has another form."""
    if not isinstance(operand, dict):
        return None
    if list(operand) != ["equals-ignore-case"]:
        raise PatternError(f"Unsupported expression in {operator}")
    return _text(operator, operand["equals-ignore-case"]).lower()


def _prefix(operand: Any) -> _Test:
    folded = _ignored_case("prefix", operand)
    if folded is not None:
        return lambda value: isinstance(value, str) and value.lower().startswith(folded)
    start = _text("prefix", operand)
    return lambda value: isinstance(value, str) and value.startswith(start)


def _suffix(operand: Any) -> _Test:
    folded = _ignored_case("suffix", operand)
    if folded is not None:
        return lambda value: isinstance(value, str) and value.lower().endswith(folded)
    end = _text("suffix", operand)
    return lambda value: isinstance(value, str) and value.endswith(end)


def _equals_ignore_case(operand: Any) -> _Test:
    folded = _text("equals-ignore-case", operand).lower()
    return lambda value: isinstance(value, str) and value.lower() == folded


def _anything_but(operand: Any) -> _Test:
    if isinstance(operand, dict):
        return _anything_but_like(operand)
    unwanted = operand if isinstance(operand, list) else [operand]
    kinds = {isinstance(each, str) for each in unwanted}
    if len(kinds) != 1 or not all(
        isinstance(each, str | int | float) and not isinstance(each, bool) for each in unwanted
    ):
        raise PatternError("anything-but takes strings, or numbers, and at least one of them")
    tests = [_equal(each) for each in unwanted]
    return lambda value: not any(test(value) for test in tests)


def _anything_but_like(operand: dict[str, Any]) -> _Test:
    if len(operand) != 1:
        raise PatternError("anything-but takes exactly one expression")
    ((operator, inner),) = operand.items()
    compiler = _TEXT_OPERATORS.get(operator)
    if compiler is None:
        raise PatternError(f"Unsupported anything-but pattern: {operator}")
    unwanted = inner if isinstance(inner, list) else [inner]
    if not unwanted:
        raise PatternError("anything-but takes at least one value")
    tests = [compiler(_text(operator, each)) for each in unwanted]
    return lambda value: not any(test(value) for test in tests)


def _numeric(operand: Any) -> _Test:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise PatternError("numeric takes an operator and a number, or two of each")
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    for operator, bound in pairs:
        if not isinstance(operator, str) or operator not in _COMPARISONS:
            raise PatternError(f"Unrecognized numeric range operator: {operator}")
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise PatternError("Value of a numeric range must be a number")
    if len(pairs) == 2 and not (pairs[0][0] in _ABOVE and pairs[1][0] in _BELOW):
        raise PatternError("A numeric range goes from > or >= to < or <=")
    if len(pairs) == 2 and pairs[0][1] >= pairs[1][1]:
        raise PatternError("Bottom must be less than top")
    tests = [(_COMPARISONS[operator], bound) for operator, bound in pairs]
    return lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and all(holds(value, bound) for holds, bound in tests)
    )


_ABOVE: Final = (">", ">=")
_BELOW: Final = ("<", "<=")
_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_TEXT_OPERATORS: Final[dict[str, Callable[[Any], _Test]]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
}
_OPERATORS: Final[dict[str, Callable[[Any], _Test]]] = {
    **_TEXT_OPERATORS,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
