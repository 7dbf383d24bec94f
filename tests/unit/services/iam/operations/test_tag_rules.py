"""The expected texts are recorded answers of the service."""

from __future__ import annotations

import pytest

from jedlik.services.iam.errors import InvalidInput, ValidationError
from jedlik.services.iam.operations.tag_rules import checked_keys, checked_tags

PATTERN = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"
LENGTH = "Member must have length less than or equal to"


def tag(key: str, value: str = "") -> dict[str, str]:
    return {"Key": key, "Value": value}


def test_takes_letters_of_any_script() -> None:
    given = [tag("ключ", "café"), tag("a b", "x+y-z=1.2_3:4/5@6"), tag("k" * 128, "v" * 256)]
    assert checked_tags(given, InvalidInput) == {each["Key"]: each["Value"] for each in given}
    assert checked_keys(["ключ", "aws:x"]) == ["ключ", "aws:x"]


@pytest.mark.parametrize(
    ("tags", "place", "constraint"),
    [
        ([tag("k" * 129)], "tags.1.member.key", f"{LENGTH} 128"),
        ([tag("a"), tag("b", "v" * 257)], "tags.2.member.value", f"{LENGTH} 256"),
        ([tag("a#")], "tags.1.member.key", PATTERN),
        ([tag(f"k{number}") for number in range(51)], "tags", f"{LENGTH} 50"),
    ],
)
def test_refuses_tags(tags: list[dict[str, str]], place: str, constraint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        checked_tags(tags, InvalidInput)
    assert caught.value.message == (
        f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
        f"{constraint}"
    )


def test_refuses_keys_that_are_the_same_or_reserved() -> None:
    with pytest.raises(InvalidInput, match="Duplicate tag keys found"):
        checked_tags([tag("team"), tag("Team")], InvalidInput)
    with pytest.raises(InvalidInput, match="beginning with aws: are reserved"):
        checked_tags([tag("Aws:team")], InvalidInput)


@pytest.mark.parametrize("keys", [["k" * 129], [""], ["a", "b#"]])
def test_refuses_keys_that_are_none(keys: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        checked_keys(keys)
    assert caught.value.message == (
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must "
        f"satisfy constraint: [{LENGTH} 128, Member must have length greater than or equal to 1, "
        f"{PATTERN}, Member must not be null]"
    )


def test_fifty_keys_at_once() -> None:
    with pytest.raises(ValidationError, match="Value at 'tagKeys' failed to satisfy constraint"):
        checked_keys([f"k{number}" for number in range(51)])
