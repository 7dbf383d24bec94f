"""Templates of keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.modelling.templates import TemplateError, parse_template


def test_a_template_matches_what_it_makes() -> None:
    template = parse_template("ORDER#{at}#{id}")
    assert template.names == ("at", "id")
    assert template.prefix == "ORDER#"
    assert template.matches("ORDER#2026#7")
    assert not template.matches("ORDER##")
    assert not template.matches("USER#2026#7")


@given(st.text(min_size=1), st.text())
def test_any_value_between_any_texts_is_recognized(value: str, literal: str) -> None:
    escaped = literal.replace("{", "{{").replace("}", "}}")
    assert parse_template(f"{escaped}{{id}}").matches(literal + value)


def test_a_template_without_placeholders_is_one_key() -> None:
    assert parse_template("PROFILE").is_constant
    assert parse_template("{{literal}}").text == "{{literal}}"
    assert parse_template("{{literal}}").matches("{literal}")
    assert not parse_template("{id}").is_constant


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("USER#{id}", "USER#{user}", True),
        ("USER#{id}", "ORDER#{id}", False),
        ("U", "USER#{id}", True),
        ("{id}", "ORDER#{id}", True),
        ("PROFILE", "PROFILE", True),
        ("PROFILE", "PROFILES", False),
    ],
)
def test_templates_that_can_make_the_same_key(one: str, other: str, overlap: bool) -> None:
    assert parse_template(one).overlaps(parse_template(other)) is overlap


@pytest.mark.parametrize("text", ["USER#{", "USER#}", "{}", "{a!r}", "{a:>3}", "{a b}"])
def test_what_is_no_template(text: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(text)
