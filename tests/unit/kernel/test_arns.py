"""Names of tables, streams and resources, as names or ARNs, also of other regions and accounts."""

from __future__ import annotations

import pytest

from jedlik.base.errors import AccessDeniedException, ValidationException
from jedlik.kernel.arns import Arns

LABEL = "2024-01-31T00:00:00.000"
HERE = Arns("eu-west-1", "111111111111", only=True)
ANYWHERE = Arns("eu-west-1", "111111111111")


def arn(region: str = "eu-west-1", account: str = "1" * 12, partition: str = "aws") -> str:
    return f"arn:{partition}:dynamodb:{region}:{account}:table/music"


@pytest.mark.parametrize("given", ["music", arn()])
def test_a_table_is_named_either_way(given: str) -> None:
    assert HERE.table_name(given) == "music"
    assert HERE.table_arn("music") == arn()


@pytest.mark.parametrize(
    "given", [arn("us-east-1"), arn(account="2" * 12), arn(partition="aws-cn")]
)
def test_where_there_is_one_namespace_any_place_will_do(given: str) -> None:
    assert ANYWHERE.table_name(given) == "music"
    assert ANYWHERE.resource(given) == ("music", None)
    assert ANYWHERE.stream(f"{given}/stream/{LABEL}") == ("music", LABEL)
    assert not ANYWHERE.of_other_region(given)
    assert not ANYWHERE.of_other_account(given)
    assert not ANYWHERE.of_other_partition(given)


@pytest.mark.parametrize(
    ("given", "part"), [(arn("us-east-1"), "region"), (arn(partition="aws-cn"), "partition")]
)
def test_tables_of_other_regions_and_partitions(given: str, part: str) -> None:
    with pytest.raises(ValidationException) as caught:
        HERE.table_name(given)
    text = f"1 validation error detected: Invalid AWS {part} in '{given}'"
    assert caught.value.message == text


def test_resources_of_other_places() -> None:
    for given in (arn(account="2" * 12), f"{arn(account='2' * 12)}/stream/{LABEL}"):
        with pytest.raises(AccessDeniedException):
            HERE.resource(given)
    for given in (arn("us-east-1"), arn(partition="aws-cn")):
        with pytest.raises(ValidationException, match="Invalid ResourceArn provided as input"):
            HERE.resource(given)


def test_tables_are_told_from_what_lies_below_them() -> None:
    assert HERE.table_of(arn()) == "music"
    for below in (f"{arn()}/stream/{LABEL}", f"{arn()}/index/i", "music"):
        assert HERE.table_of(below) is None


@pytest.mark.parametrize("given", ["music", "arn:aws:s3:::music", f"{arn()}/index/i", ""])
def test_what_is_no_resource_is_of_no_other_place(given: str) -> None:
    assert HERE.resource(given) is None
    assert not HERE.of_other_partition(given)
    assert not HERE.of_other_region(given)


@pytest.mark.parametrize("given", [arn(), f"{arn()}/stream/yesterday", "music"])
def test_what_is_no_stream(given: str) -> None:
    with pytest.raises(ValidationException):
        HERE.stream(given)


def test_the_own_arn_of_what_is_meant() -> None:
    assert ANYWHERE.own(f"{arn('us-east-1', '2' * 12)}/index/i") == f"{arn()}/index/i"
    assert HERE.own(arn(account="2" * 12)) == arn(account="2" * 12)
    assert HERE.own("music") == "music"
