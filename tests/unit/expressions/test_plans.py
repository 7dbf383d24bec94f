"""The caches of parsed texts and plans."""

from __future__ import annotations

from jedlik.expressions import plans
from jedlik.expressions.plans import Parsed, ParsedTexts
from jedlik.expressions.syntax import Path, Value


def parsed(text: str, _parameter: str = "") -> Parsed[str, int]:
    return Parsed(text, [Path(("#b", "c", 1, "#a")), Value(":v"), Path(("#b",))])


def test_placeholders_are_found() -> None:
    tree = parsed("x")
    assert tree.names == {"#a", "#b"}
    assert tree.values == {":v"}
    assert tree.key({"#a": "1", "#b": "2", "#c": "3"}) == ("2", "1")
    assert tree.key({"#a": "1"}) == (None, "1")
    assert Parsed[str, int]("x", []).key({"#a": "1"}) == ()


def test_texts_are_parsed_once_and_the_first_makes_room() -> None:
    count: list[str] = []

    def parse(text: str, parameter: str) -> Parsed[str, int]:
        count.append(text)
        return parsed(text, parameter)

    texts = ParsedTexts(parse)
    assert texts.get("a", "p") is texts.get("a", "q")
    for number in range(plans.MAX_TEXTS):
        texts.get(str(number), "p")
    assert len(count) == plans.MAX_TEXTS + 1
    texts.get("5", "p")
    assert len(count) == plans.MAX_TEXTS + 1
    texts.get("a", "p")
    assert len(count) == plans.MAX_TEXTS + 2


def test_plans_of_a_text_are_bounded() -> None:
    tree = parsed("x")
    for number in range(plans.MAX_PLANS_OF_A_TEXT + 1):
        assert tree.keep((str(number),), number) == number
    assert len(tree.plans) == plans.MAX_PLANS_OF_A_TEXT
    assert ("0",) not in tree.plans
    assert tree.plans["1",] == 1
