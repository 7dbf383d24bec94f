"""TagResource, UntagResource and ListTagsOfResource."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import AccessDeniedException, ResourceNotFoundException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.services.dynamodb.attachments import tags as rules
from jedlik.services.dynamodb.operations.tables import untag_resource
from tests.control_plane import ControlPlane, on_demand
from tests.streams import streamed

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/music"


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@pytest.fixture
def tagged(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand(Tags=tags(team="a", stage="test")))
    return plane


def listed(plane: ControlPlane) -> list[dict[str, str]]:
    answer: list[dict[str, str]] = plane.call("ListTagsOfResource", ResourceArn=ARN)["Tags"]
    return answer


def test_adds_and_changes(tagged: ControlPlane) -> None:
    assert tagged.call("TagResource", ResourceArn=ARN, Tags=tags(stage="live", cost="0")) == {}
    assert listed(tagged) == tags(team="a", stage="live", cost="0")


def test_takes_away(tagged: ControlPlane) -> None:
    assert tagged.call("UntagResource", ResourceArn=ARN, TagKeys=["stage", "nothing"]) == {}
    assert listed(tagged) == tags(team="a")
    tagged.call("UntagResource", ResourceArn=ARN, TagKeys=["team"])
    assert listed(tagged) == []


def test_fifty_tags_are_the_most(tagged: ControlPlane) -> None:
    def add(count: int) -> dict[str, Any]:
        names = {f"k{number}": "" for number in range(count)}
        return {"ResourceArn": ARN, "Tags": tags(**names)}

    text = "Number of Tags exceed the current limit for the provided ResourceArn"
    assert tagged.invalid("TagResource", **add(49)) == text
    assert len(listed(tagged)) == 2
    tagged.call("TagResource", **add(48))
    assert len(listed(tagged)) == 50


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ({"Key": "", "Value": ""}, "The Tag Key provided is invalid, Key: "),
        ({"Key": "k" * 129, "Value": ""}, f"The Tag Key provided is invalid, Key: {'k' * 129}"),
        (
            {"Key": "k", "Value": "v" * 257},
            f"The Tag Value provided is invalid, Value: {'v' * 257}",
        ),
        ({"Key": "k"}, "The Tag Value provided is invalid, Value: null"),
        ({"Key": "AWS:k", "Value": ""}, "Tag Key cannot be prefixed with aws:, Key: AWS:k"),
        ({"Key": "k!", "Value": ""}, "The Tag Key provided is invalid, Key: k!"),
    ],
)
def test_refuses_a_tag(tagged: ControlPlane, tag: dict[str, str], text: str) -> None:
    request = {"ResourceArn": ARN, "Tags": [{"Key": "good", "Value": ""}, tag]}
    assert tagged.invalid("TagResource", **request) == text
    assert listed(tagged) == tags(team="a", stage="test")


def test_accepts_the_longest_and_the_oddest(tagged: ControlPlane) -> None:
    given = {"k" * 128: "v" * 256, "é +-=._:/@ 1": ""}
    tagged.call("TagResource", ResourceArn=ARN, Tags=tags(**given))
    assert listed(tagged)[2:] == tags(**given)


def test_refuses_nothing_and_repeats(tagged: ControlPlane) -> None:
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    assert tagged.invalid("TagResource", ResourceArn=ARN, Tags=twice) == (
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"
    )
    assert tagged.invalid("TagResource", ResourceArn=ARN, Tags=[]) == (
        "Atleast one Tag needs to be provided as Input."
    )
    assert tagged.invalid("UntagResource", ResourceArn=ARN, TagKeys=[]) == (
        "Atleast one Tag Key needs to be provided as Input."
    )


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("music", "ARNs must start with 'arn:': music"),
        (
            f"{ARN}/index/gsi",
            (
                "Invalid resource arn provided, only table or stream is accepted. "
                f"Provided resource arn: {ARN}/index/gsi"
            ),
        ),
        (
            "arn:aws:dynamodb:x",
            "Provided Arn is not a DynamoDB resource arn: arn:aws:dynamodb:x",
        ),
        (
            "arn:aws:dynamodb:us-east-1:1:table/music",
            (
                "Invalid TableArn: Invalid ResourceArn provided as input "
                "arn:aws:dynamodb:us-east-1:1:table/music"
            ),
        ),
    ],
)
@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsOfResource"])
def test_refuses_what_is_no_table(
    tagged: ControlPlane, operation: str, arn: str, text: str
) -> None:
    members = {"TagResource": {"Tags": tags(k="v")}, "UntagResource": {"TagKeys": ["k"]}}
    request = {"ResourceArn": arn, **members.get(operation, {})}
    assert tagged.invalid(operation, **request) == text


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsOfResource"])
def test_what_another_service_has_is_denied(tagged: ControlPlane, operation: str) -> None:
    members = {"TagResource": {"Tags": tags(k="v")}, "UntagResource": {"TagKeys": ["k"]}}
    request = {"ResourceArn": "arn:aws:s3:::music", **members.get(operation, {})}
    error = tagged.refusal(operation, **request)
    assert (type(error), error.message) == (AccessDeniedException, "Access is denied")


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    error = plane.refusal("TagResource", ResourceArn=ARN, Tags=tags(k="v"))
    assert type(error) is ResourceNotFoundException
    assert error.message == f"Requested resource not found: ResourceArn: {ARN} not found"


def test_a_table_made_again_does_not_inherit(tagged: ControlPlane) -> None:
    tagged.call("DeleteTable", TableName="music")
    tagged.call("CreateTable", **on_demand())
    assert listed(tagged) == []


def test_a_stream_has_tags_of_its_own(plane: ControlPlane) -> None:
    arn = streamed(plane, Tags=tags(team="a"))
    assert plane.call("ListTagsOfResource", ResourceArn=arn)["Tags"] == []
    plane.call("TagResource", ResourceArn=arn, Tags=tags(team="b", stage="test"))
    plane.call("UntagResource", ResourceArn=arn, TagKeys=["stage"])
    assert plane.call("ListTagsOfResource", ResourceArn=arn)["Tags"] == tags(team="b")
    assert listed(plane) == tags(team="a")
    other = f"{ARN}/stream/2024-01-01T00:00:00.000"
    error = plane.refusal("TagResource", ResourceArn=other, Tags=tags(k="v"))
    assert error.message == f"Requested resource not found: ResourceArn: {other} not found"


def test_tags_have_ten_kilobytes_together(tagged: ControlPlane) -> None:
    """Counted in UTF-8, with those that a table has."""
    long = tags(**{f"{number:02}{'é' * 126}": "é" * 56 for number in range(28)})
    size = 28 * (2 + 2 * 126 + 2 * 56)
    assert size > 10240
    request = {"ResourceArn": ARN, "Tags": long}
    assert tagged.invalid("TagResource", **request) == (
        f"Tag set size {size} bytes is above max size limit of 10240 bytes"
    )
    tagged.call("TagResource", ResourceArn=ARN, Tags=long[1:])
    more = {"ResourceArn": ARN, "Tags": tags(note="é" * 256)}
    assert tagged.invalid("TagResource", **more).startswith("Tag set size 10412 bytes is above")


def test_far_too_many_are_not_looked_at(
    tagged: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "check_key", None)
    monkeypatch.setattr(untag_resource, "check_key", None)
    many = [f"k{number}" for number in range(MAX_EXAMINED_PARTS + 1)]
    too_many = "Number of Tags exceed the current limit for the provided ResourceArn"
    added = [{"Key": key, "Value": "v"} for key in many]
    assert tagged.invalid("TagResource", ResourceArn=ARN, Tags=added) == too_many
    assert tagged.invalid("UntagResource", ResourceArn=ARN, TagKeys=many) == too_many
