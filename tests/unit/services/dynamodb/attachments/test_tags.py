"""The rules of tags, and the effect of their changes on the catalog."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jedlik.base.errors import ServiceError, ValidationException
from jedlik.base.limits import MAX_TAG_KEY_SIZE, MAX_TAG_VALUE_SIZE, MAX_TAGS, MAX_TAGS_SIZE
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.attachments.tags import (
    TagChange,
    check_arn,
    checked,
    encode,
    find_tagged,
)
from jedlik.services.dynamodb.database.resources import Tags
from tests.control_plane import ControlPlane, on_demand

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/t"
TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"


def tag(key: Any, value: Any = "v") -> dict[str, Any]:
    return {"Key": key, "Value": value}


def refusal(*tags: dict[str, Any]) -> str:
    with pytest.raises(ValidationException) as raised:
        checked(tags)
    return raised.value.message


def test_tags_at_their_limits() -> None:
    key, value = "k" * MAX_TAG_KEY_SIZE, "v" * MAX_TAG_VALUE_SIZE
    assert checked([tag(key, value), tag("é.:/=+-@ _", "")]) == {key: value, "é.:/=+-@ _": ""}
    assert checked([]) == {}


@pytest.mark.parametrize("key", ["", "k" * (MAX_TAG_KEY_SIZE + 1), "a{b", None, 7])
def test_keys_that_are_refused(key: Any) -> None:
    shown = "null" if key is None else key
    assert refusal(tag(key)) == f"The Tag Key provided is invalid, Key: {shown}"


@pytest.mark.parametrize("value", ["v" * (MAX_TAG_VALUE_SIZE + 1), "a{b", None, 7])
def test_values_that_are_refused(value: Any) -> None:
    shown = "null" if value is None else value
    assert refusal(tag("k", value)) == f"The Tag Value provided is invalid, Value: {shown}"


@pytest.mark.parametrize("key", ["aws:x", "AWS:x"])
def test_keys_of_the_service_are_its_own(key: str) -> None:
    assert refusal(tag(key)) == f"Tag Key cannot be prefixed with aws:, Key: {key}"


def test_no_key_twice() -> None:
    assert refusal(tag("k", "1"), tag("k", "2")) == (
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"
    )


def test_how_many_and_how_long_together() -> None:
    assert len(checked([tag(str(n)) for n in range(MAX_TAGS)])) == MAX_TAGS
    assert refusal(*[tag(str(n)) for n in range(MAX_TAGS + 1)]) == TOO_MANY
    long = [tag(f"{n:02}", "v" * MAX_TAG_VALUE_SIZE) for n in range(MAX_TAGS)]
    size = MAX_TAGS * (2 + MAX_TAG_VALUE_SIZE)
    assert size > MAX_TAGS_SIZE
    assert refusal(*long) == (
        f"Tag set size {size} bytes is above max size limit of {MAX_TAGS_SIZE} bytes"
    )


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("table/t", "ARNs must start with 'arn:': table/t"),
        (f"{ARN}/index/i", f"Provided resource arn: {ARN}/index/i"),
        ("arn:aws:s3:::b", "Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::b"),
        (f"{ARN}/backup/b", f"Provided Arn is not a DynamoDB resource arn: {ARN}/backup/b"),
        (f"{ARN}/stream/x", "Invalid TableArn: Invalid ResourceArn provided as input"),
    ],
)
def test_arns_that_are_refused(arn: str, text: str) -> None:
    with pytest.raises(ValidationException) as raised:
        check_arn(Arns(), arn)
    assert text in raised.value.message


@pytest.mark.parametrize("arn", [ARN, f"{ARN}/stream/2024-01-01T00:00:00.000"])
def test_tables_and_streams_have_tags(arn: str) -> None:
    check_arn(Arns(), arn)


class TestChange:
    """A change in its commit."""

    @pytest.fixture
    def stored(self, plane: ControlPlane) -> tuple[Any, list[Any]]:
        plane.call("CreateTable", **on_demand("t"))
        resource = plane.run(find_tagged(plane.database, ARN))
        task = TagChange(resource, lambda tags: {**tags, "a": "1"})
        return resource, plane.run(plane.database.store.read(task.keys))

    def test_a_tag_moves_the_catalog_on(self, stored: tuple[Any, list[Any]]) -> None:
        resource, values = stored
        task = TagChange(resource, lambda tags: {**tags, "a": "1"})
        changes = task.decide(values).values
        assert orjson.loads(changes[task.keys[2]] or b"") == {"a": "1"}
        assert changes[CATALOG_VERSION] != values[0]

    def test_nothing_is_written_where_nothing_changes(self, stored: tuple[Any, list[Any]]) -> None:
        resource, values = stored
        assert TagChange(resource, lambda tags: tags).decide(values).values == {}

    def test_the_last_tag_takes_the_record_with_it(self, stored: tuple[Any, list[Any]]) -> None:
        resource, values = stored
        task = TagChange(resource, lambda _: {})
        changes = task.decide([*values[:2], encode({"a": "1"})]).values
        assert changes[task.keys[2]] is None

    def test_too_many_together_with_those_that_are_there(
        self, stored: tuple[Any, list[Any]]
    ) -> None:
        resource, values = stored
        there: Tags = {str(n): "" for n in range(MAX_TAGS)}
        task = TagChange(resource, lambda tags: {**tags, "more": ""})
        with pytest.raises(ValidationException, match=TOO_MANY):
            task.decide([*values[:2], encode(there)])

    def test_a_new_table_of_the_same_name_is_looked_up(self, stored: tuple[Any, list[Any]]) -> None:
        resource, values = stored
        with pytest.raises(CatalogChanged):
            TagChange(resource, lambda tags: tags).decide([values[0], None, values[2]])


def test_a_table_that_comes_or_goes(slow_plane: ControlPlane) -> None:
    def status(*, changing: bool) -> str:
        try:
            slow_plane.run(find_tagged(slow_plane.database, ARN, changing=changing))
        except ServiceError as error:
            return error.code()
        return ""

    slow_plane.call("CreateTable", **on_demand("t"))
    assert status(changing=False) == "ResourceNotFoundException"
    slow_plane.pass_seconds(11)
    slow_plane.run_jobs()
    assert status(changing=True) == ""
    slow_plane.call("DeleteTable", TableName="t")
    assert (status(changing=False), status(changing=True)) == ("", "ResourceInUseException")
