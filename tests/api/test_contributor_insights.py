"""Contributor Insights over the wire: rules, and reports of the most used keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.api.making import make
from tests.conftest import StartServer
from tests.servers import RunningServer


@pytest.fixture
def clients(running_server: RunningServer) -> Iterator[tuple[Any, Any]]:
    dynamodb, cloudwatch = running_server.client(), running_server.client("cloudwatch")
    yield dynamodb, cloudwatch
    dynamodb.close()
    cloudwatch.close()


@pytest.fixture
def table(clients: tuple[Any, Any]) -> str:
    name = f"t-{uuid4()}"
    clients[0].create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"},
                   {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"}
                              for each in ("pk", "sk", "x")],
        GlobalSecondaryIndexes=[{
            "IndexName": "by-x", "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )  # fmt: skip
    return name


def item(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def report(cloudwatch: Any, rule: str, **parameters: Any) -> Any:
    now = datetime.now(UTC)
    return cloudwatch.get_insight_rule_report(
        RuleName=rule, StartTime=now - timedelta(minutes=10), EndTime=now + timedelta(minutes=1),
        Period=3600, **parameters,
    )  # fmt: skip


def test_there_may_be_a_hundred_rules(start_server: StartServer) -> None:
    server = start_server("--memory")
    dynamodb = server.client()
    tables = [make(dynamodb, "pk", "/sk") for _ in range(26)]
    for name in tables:  # four rules each
        dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    states = [dynamodb.describe_contributor_insights(TableName=name) for name in tables]
    assert [each["ContributorInsightsStatus"] for each in states] == ["ENABLED"] * 25 + ["FAILED"]
    assert states[-1]["FailureException"]["ExceptionName"] == "LimitExceededException"
    assert "ContributorInsightsRuleList" not in states[-1]
    dynamodb.update_contributor_insights(TableName=tables[0], ContributorInsightsAction="DISABLE")
    dynamodb.update_contributor_insights(TableName=tables[-1], ContributorInsightsAction="ENABLE")
    again = dynamodb.describe_contributor_insights(TableName=tables[-1])
    assert again["ContributorInsightsStatus"] == "ENABLED"
    assert "FailureException" not in again


def test_rules_come_and_go(clients: tuple[Any, Any], table: str) -> None:
    dynamodb, cloudwatch = clients
    told = dynamodb.describe_contributor_insights(TableName=table)
    told.pop("ResponseMetadata")
    assert told == {"TableName": table, "ContributorInsightsStatus": "DISABLED"}
    dynamodb.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
    told = dynamodb.describe_contributor_insights(TableName=table)
    kinds = [rule.split("-")[1] for rule in told["ContributorInsightsRuleList"]]
    assert kinds == ["PKC", "SKC", "PKT", "SKT"]
    assert told["ContributorInsightsStatus"] == "ENABLED"
    assert told["ContributorInsightsMode"] == "ACCESSED_AND_THROTTLED_KEYS"
    throttled = [each for each in told["ContributorInsightsRuleList"] if "T-" in each]
    dynamodb.update_contributor_insights(
        TableName=table, ContributorInsightsAction="ENABLE",
        ContributorInsightsMode="THROTTLED_KEYS",
    )  # fmt: skip
    told = dynamodb.describe_contributor_insights(TableName=table)
    assert told["ContributorInsightsRuleList"] == throttled
    dynamodb.update_contributor_insights(
        TableName=table, IndexName="by-x", ContributorInsightsAction="ENABLE"
    )
    listed = dynamodb.list_contributor_insights(TableName=table)["ContributorInsightsSummaries"]
    assert [(each.get("IndexName"), each["ContributorInsightsMode"]) for each in listed] == [
        (None, "THROTTLED_KEYS"), ("by-x", "ACCESSED_AND_THROTTLED_KEYS"),
    ]  # fmt: skip
    page = cloudwatch.describe_insight_rules(MaxResults=2)
    rules = page["InsightRules"]
    while "NextToken" in page:
        page = cloudwatch.describe_insight_rules(MaxResults=2, NextToken=page["NextToken"])
        rules += page["InsightRules"]
    rules = [each for each in rules if table in each["Name"]]
    assert len(rules) == 4
    assert {each["ManagedRule"] for each in rules} == {True}
    for index in ({}, {"IndexName": "by-x"}):
        dynamodb.update_contributor_insights(
            TableName=table, ContributorInsightsAction="DISABLE", **index
        )
    assert dynamodb.list_contributor_insights(TableName=table)["ContributorInsightsSummaries"] == []
    with pytest.raises(ClientError) as caught:
        report(cloudwatch, throttled[0])
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.one_process("figures of other workers come up to ten seconds later")
def test_the_heaviest_keys(clients: tuple[Any, Any], table: str) -> None:
    dynamodb, cloudwatch = clients
    for index in ({}, {"IndexName": "by-x"}):
        dynamodb.update_contributor_insights(
            TableName=table, ContributorInsightsAction="ENABLE", **index
        )
    dynamodb.put_item(TableName=table, Item={**item("cold", "1"), "x": {"S": "red"}})
    for sk in ("1", "2"):
        dynamodb.put_item(TableName=table, Item=item("hot", sk))
    for _ in range(3):
        dynamodb.get_item(TableName=table, Key=item("hot", "1"), ConsistentRead=True)
    dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "cold"}}, ConsistentRead=True,
    )  # fmt: skip
    rules = dynamodb.describe_contributor_insights(TableName=table)["ContributorInsightsRuleList"]
    partitions, items = rules[:2]
    told = report(cloudwatch, partitions, Metrics=["MaxContributorValue", "UniqueContributors"])
    assert told["KeyLabels"] == ["pk"]
    found = [(each["Keys"], each["ApproximateAggregateValue"]) for each in told["Contributors"]]
    assert found == [(["hot"], 9.0), (["cold"], 4.0)]
    assert (told["AggregateValue"], told["ApproximateUniqueCount"]) == (13.0, 2)
    (point,) = told["MetricDatapoints"]
    assert (point["MaxContributorValue"], point["UniqueContributors"]) == (9.0, 2.0)
    told = report(cloudwatch, items, MaxContributorCount=1)
    assert told["KeyLabels"] == ["pk", "sk"]
    assert [each["Keys"] for each in told["Contributors"]] == [["hot", "1"]]
    of_index = dynamodb.describe_contributor_insights(TableName=table, IndexName="by-x")
    told = report(cloudwatch, of_index["ContributorInsightsRuleList"][0])
    assert [(each["Keys"], each["ApproximateAggregateValue"]) for each in told["Contributors"]] == [
        (["red"], 3.0)
    ]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MaxContributorCount": 101}, "InvalidParameterValue"),
        ({"OrderBy": "Average"}, "InvalidParameterValue"),
        ({"Metrics": ["Nonsense"]}, "InvalidParameterValue"),
    ],
)
def test_reports_that_are_refused(
    clients: tuple[Any, Any], table: str, parameters: Any, code: str
) -> None:
    dynamodb, cloudwatch = clients
    dynamodb.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE")
    rule = dynamodb.describe_contributor_insights(TableName=table)["ContributorInsightsRuleList"][0]
    with pytest.raises(ClientError) as caught:
        report(cloudwatch, rule, **parameters)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("place", [{"TableName": "none"}, {"IndexName": "none"}])
def test_what_is_not_there(clients: tuple[Any, Any], table: str, place: dict[str, str]) -> None:
    given = {"TableName": table, **place}
    for call in (
        lambda: clients[0].describe_contributor_insights(**given),
        lambda: clients[0].update_contributor_insights(
            **given, ContributorInsightsAction="ENABLE"
        ),
    ):  # fmt: skip
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
