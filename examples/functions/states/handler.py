"""Keeps, in a table of its own, how many airports every state has and their mean latitude.

Adding is not repeatable: a record that is delivered twice would count twice. So every transaction
that adds also writes a marker for each record that it counts, on the condition that it is missing
yet. If one of a group was counted before, the group is gone through one by one.
"""

import os
import time

import boto3
from boto3.dynamodb.types import TypeDeserializer

client = boto3.client("dynamodb")
plain = TypeDeserializer().deserialize
TABLE = os.environ["STATES_TABLE"]

A_DAY = 86400
RECORDS_A_TRANSACTION = 40
Canceled = client.exceptions.TransactionCanceledException


def amounts(record):
    """State, airports and degrees of latitude that a record adds."""
    change = record["dynamodb"]
    for name, sign in (("OldImage", -1), ("NewImage", 1)):
        if name in change:
            image = {key: plain(value) for key, value in change[name].items()}
            yield image["state"], sign, sign * image["latitude"]


def transaction(records):
    totals = {}
    for record in records:
        for state, airports, latitude in amounts(record):
            before = totals.get(state, (0, 0))
            totals[state] = (before[0] + airports, before[1] + latitude)
    for record in records:
        item = {
            "pk": {"S": f"SEEN#{record['eventID']}"},
            "expires": {"N": str(int(time.time()) + 2 * A_DAY)},
        }
        yield {
            "Put": {
                "TableName": TABLE,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
    for state, (airports, latitude) in totals.items():
        yield {
            "Update": {
                "TableName": TABLE,
                "Key": {"pk": {"S": f"STATE#{state}"}},
                "UpdateExpression": "ADD airports :airports, latitudes :latitude",
                "ExpressionAttributeValues": {
                    ":airports": {"N": str(airports)},
                    ":latitude": {"N": str(latitude)},
                },
            }
        }


def count(records):
    try:
        client.transact_write_items(TransactItems=list(transaction(records)))
    except Canceled as canceled:
        reasons = {reason["Code"] for reason in canceled.response["CancellationReasons"]}
        if "ConditionalCheckFailed" not in reasons:
            raise
        if len(records) == 1:
            print(f"{records[0]['eventID']} was counted before")
            return
        for record in records:
            count([record])


def handler(event, context):
    records = event["Records"]
    for start in range(0, len(records), RECORDS_A_TRANSACTION):
        count(records[start : start + RECORDS_A_TRANSACTION])
