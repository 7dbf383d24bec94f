"""Keeps an audit log: every change of every item, with what it was before and after.

An entry's key is made of the item's key and the record's sequence number. So a record that is
delivered twice writes the same entry twice, and the log is right all the same.
"""

import os

import boto3
from boto3.dynamodb.types import TypeDeserializer

table = boto3.resource("dynamodb").Table(os.environ["AUDIT_TABLE"])
plain = TypeDeserializer().deserialize


def image(change, name):
    return {key: plain(value) for key, value in change.get(name, {}).items()}


def differences(old, new):
    """Attribute by attribute, [before, after]; what was not there is None."""
    names = sorted(old.keys() | new.keys())
    return {
        name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)
    }


def handler(event, context):
    with table.batch_writer(overwrite_by_pkeys=["item", "sequence"]) as batch:
        for record in event["Records"]:
            change = record["dynamodb"]
            keys = image(change, "Keys")
            batch.put_item(
                Item={
                    "item": f"{keys['pk']} {keys['sk']}",
                    "sequence": change["SequenceNumber"],
                    "what": record["eventName"],
                    "at": int(change["ApproximateCreationDateTime"]),
                    "changed": differences(image(change, "OldImage"), image(change, "NewImage")),
                }
            )
    print(f"{len(event['Records'])} changes noted")
