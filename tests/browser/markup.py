"""A server on which markup stands wherever someone may write a text, and a model full of it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import Any

from botocore.exceptions import ClientError

from jedlik.modelling.examples import EXAMPLES
from tests.browser.filling import OF_OBJECTS, XSS
from tests.servers import RunningServer

CODE = f"""
def handler(event, context):
    for text in {XSS!r}:
        print(text)
    return {XSS[1]!r}
"""


def item_of(text: str) -> dict[str, Any]:
    """An item that is nothing but a text."""
    return {"Artist": {"S": text}, text: {"S": text}, "More": {"M": {text: {"L": [{"S": text}]}}}}


def fill_with_markup(server: RunningServer) -> None:
    """A table `Marked` with a stream and insights, a function, an alarm, a user."""
    client = server.client()
    client.create_table(
        TableName="Marked", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Artist", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    client.update_contributor_insights(TableName="Marked", ContributorInsightsAction="ENABLE")
    for text in XSS:
        client.put_item(TableName="Marked", Item=item_of(text))
        client.put_item(TableName="Marked", Item={**item_of(text), "Again": {"S": text}})
    names = {"Artist": {"S": "of objects"}, **{name: {"S": f"<{name}>"} for name in OF_OBJECTS}}
    client.put_item(TableName="Marked", Item=names)
    arn = client.describe_table(TableName="Marked")["Table"]["TableArn"]
    with contextlib.suppress(ClientError):  # the service takes few signs in tags
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": XSS[1]}])
    _function(server, client)
    _alarm(server)
    _user(server)


def _function(server: RunningServer, client: Any) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("marked.py", CODE)
    functions = server.client("lambda")
    functions.create_function(
        FunctionName="marked", Runtime="python3.11", Handler="marked.handler", Description=XSS[1],
        Code={"ZipFile": archive.getvalue()}, Role="arn:aws:iam::000000000000:role/any",
    )  # fmt: skip
    stream = client.describe_table(TableName="Marked")["Table"]["LatestStreamArn"]
    functions.create_event_source_mapping(
        FunctionName="marked", EventSourceArn=stream, StartingPosition="LATEST"
    )


def _alarm(server: RunningServer) -> None:
    cloudwatch = server.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=XSS[1], AlarmDescription=XSS[1], MetricName="WriteThrottleEvents",
        Namespace="AWS/DynamoDB", Dimensions=[{"Name": "TableName", "Value": "Marked"}],
        Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=XSS[1], StateValue="ALARM", StateReason=XSS[2])


def _user(server: RunningServer) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    statement = {
        "Effect": "Allow", "Action": "dynamodb:Query", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:username": list(XSS)}},
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=json.dumps(policy))


def marked_model() -> dict[str, Any]:
    """A model that is checked, with markup as each of its names and texts."""
    document: dict[str, Any] = json.loads(EXAMPLES["shop"].read_text())
    document["ModelName"] = XSS[1]
    (table,) = document["DataModel"]
    table["TableName"] = XSS[2]
    table["GlobalSecondaryIndexes"][0]["IndexName"] = XSS[1]
    for facet, text in zip(table["TableFacets"], XSS, strict=False):
        facet["FacetName"] = facet["KeyAttributeAlias"]["PartitionKeyAlias"] = text
        facet["NonKeyAttributes"] = [text]
        facet["TableData"] = [{"PK": {"S": text}, "SK": {"S": text}, text: {"S": text}}]
    for entity in document["Jedlik"]["Entities"]:
        entity.pop("Table", None)
    for number, pattern in enumerate(document["Jedlik"]["AccessPatterns"]):
        pattern["Name"] = f"{number} {XSS[1]}"
        if "Index" in pattern:
            pattern["Index"] = XSS[1]
        if pattern["Operation"] in ("Query", "Scan"):
            pattern.update(Filter=[XSS[2]], Keeps=0.1)
    return document
