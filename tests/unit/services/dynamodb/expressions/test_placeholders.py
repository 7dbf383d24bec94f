"""ExpressionAttributeNames and ExpressionAttributeValues."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.services.dynamodb.expressions import placeholders as module
from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.projection import compile_projection
from jedlik.services.dynamodb.expressions.updates.update import compile_update

V: dict[str, Any] = {"S": "x"}


def error(names: dict[str, str] | None = None, values: dict[str, Any] | None = None) -> str:
    with pytest.raises(ValidationException) as caught:
        Placeholders(names, values)
    return caught.value.message


@pytest.mark.parametrize(
    "key", ["a", "#", "#a-b", "#a.b", "##a", ":a", "", "# a", "#\u00e9", "#a\n"]
)
def test_malformed_names(key: str) -> None:
    expected = f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{key}"'
    assert error({"#fine": "x", key: "x"}) == expected
    assert error({key: "x"}) == expected


@pytest.mark.parametrize("key", ["a", ":", ":a-b", "#a", "", "::a"])
def test_malformed_values(key: str) -> None:
    expected = f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{key}"'
    assert error(None, {key: V}) == expected


def test_empty_maps() -> None:
    assert error({}) == "ExpressionAttributeNames must not be empty"
    assert error(None, {}) == "ExpressionAttributeValues must not be empty"
    Placeholders().check_all_used()


def test_empty_attribute_names() -> None:
    assert error({"#a": "a", "#b": ""}).startswith(
        "ExpressionAttributeNames contains invalid value"
    )


@pytest.mark.parametrize(("key", "size"), [("a" * 255, 256), ("\u00e9" * 128, 257)])
def test_key_size(key: str, size: int) -> None:
    """Measured with ASCII letters; the size comes before the syntax."""
    Placeholders({"#" + "a" * 254: "x"}, {":" + "a" * 254: V})
    too_long = "contains invalid key: The expression attribute map contains a key that is too long;"
    assert error({f"#{key}": "x"}) == f"ExpressionAttributeNames {too_long} size of key: {size}"
    assert error(None, {f":{key}": V}) == f"ExpressionAttributeValues {too_long}"
    assert error({f"-{key}": "x"}) == f"ExpressionAttributeNames {too_long} size of key: {size}"


def test_names_and_values_have_two_megabytes_together() -> None:
    most = 2 * 1024 * 1024
    names = {f"#n{number}": "\u00e9" * 10_000 for number in range(4)}
    Placeholders(names, {":v": V}, most - 80_000)
    with pytest.raises(ValidationException, match="Combined size of ExpressionAttributeNames and"):
        Placeholders(names, {":v": V}, most - 79_999)
    Placeholders(None, {":v": V}, most)
    with pytest.raises(ValidationException, match="ExpressionAttributeValues exceeds max size"):
        Placeholders(None, {":v": V}, most + 1)


def test_all_used_by_several_expressions() -> None:
    placeholders = Placeholders({"#a": "a", "#b": "b", "#c": "c"}, {":v": V, ":w": V})
    compile_condition("#a = :v", placeholders)
    with pytest.raises(ValidationException) as caught:
        placeholders.check_all_used()
    assert caught.value.message == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #c}"
    )
    compile_projection("#b, #a.#c", placeholders)
    with pytest.raises(ValidationException) as caught:
        placeholders.check_all_used()
    assert caught.value.message == (
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"
    )
    compile_update("SET x = :w", placeholders)
    placeholders.check_all_used()


def test_nothing_used() -> None:
    with pytest.raises(ValidationException, match=r"ExpressionAttributeNames .* \{#a\}"):
        Placeholders({"#a": "a"}, {":v": V}).check_all_used()


@pytest.mark.parametrize("member", ["names", "values"])
def test_far_more_than_expressions_can_use(member: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones are looked at, of which some are unused for certain; others are found."""
    mark = {"names": "#", "values": ":"}[member]
    many = {f"{mark}z{number}": "a" for number in range(2 * MAX_EXAMINED_PARTS)}
    looked_at = 0

    def pattern(key: str) -> bool:
        nonlocal looked_at
        looked_at += 1
        return True

    monkeypatch.setattr(module, "_NAME_KEY", pattern)
    monkeypatch.setattr(module, "_VALUE_KEY", pattern)
    for known in ("_known_names", "_known_values"):
        monkeypatch.setattr(module, known, set())
    given: dict[str, Any] = {member: many if mark == "#" else dict.fromkeys(many, V)}
    placeholders = Placeholders(**given)
    assert looked_at <= MAX_EXAMINED_PARTS
    last = f"{mark}z{2 * MAX_EXAMINED_PARTS - 1}"
    assert last in getattr(placeholders, member)
    placeholders.note_used(frozenset([last]), frozenset([last]))
    with pytest.raises(ValidationException, match="unused in expressions") as caught:
        placeholders.check_all_used()
    assert len(caught.value.message) < 10 * MAX_EXAMINED_PARTS
