"""The caches of parsed texts and plans."""

from __future__ import annotations

from jedlik.services.dynamodb.expressions import plans
from jedlik.services.dynamodb.expressions.parsing.syntax import Path, Value
from jedlik.services.dynamodb.expressions.plans import Parsed, ParsedTexts


def parsed(text: str, _parameter: str = "") -> Parsed[str, int]:
    return Parsed(text, [Path(("#b", "c", 1, "#a")), Value(":v"), Path(("#b",))])


def test_placeholders_are_found() -> None:
    tree = parsed("x")
    assert tree.names == {"#a", "#b"}
    assert tree.values == {":v"}
    assert tree.key({"#a": "1", "#b": "2", "#c": "3"}) == ("2", "1")
    assert tree.key({"#a": "1"}) == (None, "1")
    assert Parsed[str, int]("x", []).key({"#a": "1"}) == ()


def counting() -> tuple[ParsedTexts[str, int], list[str]]:
    asked: list[str] = []

    def parse(text: str, parameter: str) -> Parsed[str, int]:
        asked.append(text)
        return parsed(text, parameter)

    return ParsedTexts(parse), asked


def text_of(number: int) -> str:
    return f"{number:01024}"


HELD = plans.MAX_BYTES // (plans.PLAN_SIZE * 1024)


def test_texts_are_parsed_once_and_the_first_makes_room() -> None:
    texts, asked = counting()
    assert texts.get(text_of(0), "p") is texts.get(text_of(0), "q")
    for number in range(HELD):
        texts.get(text_of(number), "p")
    assert len(asked) == HELD
    texts.get(text_of(HELD), "p")
    texts.get(text_of(1), "p")
    assert len(asked) == HELD + 1
    texts.get(text_of(0), "p")
    assert asked[-1] == text_of(0)


def test_plans_weigh_as_much_as_texts() -> None:
    texts, asked = counting()
    for number in range(HELD // 2):
        tree = texts.get(text_of(number), "p")
        assert texts.keep(text_of(number), (), number) == number
        assert tree.plans == {(): number}
        # The same plan again weighs nothing more.
        texts.keep(text_of(number), (), number)
    texts.get(text_of(0), "p")
    assert len(asked) == HELD // 2
    texts.keep(text_of(1), ("b",), 1)
    texts.get(text_of(0), "p")
    assert len(asked) == HELD // 2 + 1


def test_the_names_that_plans_were_made_for_weigh_too() -> None:
    """Requests with long names must not make the cache larger than it may be."""
    texts, _ = counting()
    for number in range(2560):
        texts.get(f"#a = {number // 64}", "p")
        texts.keep(f"#a = {number // 64}", (f"{number:016384}",), number)
    assert texts._texts.weight <= plans.MAX_BYTES
    kept = [key for tree in texts._texts._entries.values() for key in tree.plans]
    assert 0 < sum(len(name or "") for key in kept for name in key) <= plans.MAX_BYTES


def test_a_plan_of_a_text_that_is_gone_is_not_kept() -> None:
    texts, _ = counting()
    texts.get(text_of(0), "p")
    for number in range(1, HELD + 1):
        texts.get(text_of(number), "p")
    assert texts.keep(text_of(0), (), 7) == 7
    assert texts.get(text_of(0), "p").plans == {}


def test_plans_of_a_text_are_bounded() -> None:
    texts, _ = counting()
    tree = texts.get("x", "p")
    for number in range(plans.MAX_PLANS_OF_A_TEXT + 1):
        assert texts.keep("x", (str(number),), number) == number
    assert len(tree.plans) == plans.MAX_PLANS_OF_A_TEXT
    assert ("0",) not in tree.plans
    assert tree.plans["1",] == 1
