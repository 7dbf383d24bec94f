"""Texts planted in everything a server stores, and looked for in its files."""

from __future__ import annotations

import base64
import json

from tests.servers import RunningServer

MARKERS = {
    "attribute": "Markerattribute",
    "value": "marker-value-ZZQ",
    "partition": "marker-partition-ZZQ",
    "sort": "marker-sort-ZZQ",
    "index": "Markerindex",
    "table": "Markertable",
    "tag": "marker-tag-ZZQ",
    "token": "marker-token-ZZQ",
    "alias": "alias/marker-alias-ZZQ",
    "description": "marker-description-ZZQ",
    "user": "marker-user-ZZQ",
    "policy": "arn:aws:dynamodb:us-east-1:000000000000:table/marker-policy-ZZQ",
}


def plant(server: RunningServer) -> None:
    """Put every marker into the database in every way that stores anything."""
    client = server.client()
    m = MARKERS
    client.create_table(
        TableName=m["table"],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", m["attribute"])
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": m["index"],
                "KeySchema": [{"AttributeName": m["attribute"], "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        Tags=[{"Key": m["tag"], "Value": m["tag"]}],
    )
    item = {
        "pk": {"S": m["partition"]},
        "sk": {"S": m["sort"]},
        m["attribute"]: {"S": m["value"] * 40},
    }
    for number in range(20):
        client.put_item(TableName=m["table"], Item={**item, "sk": {"S": f"{m['sort']}{number}"}})
    put = {"TableName": m["table"], "Item": item}
    client.transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken=m["token"])
    client.close()
    keys = server.client("kms")
    key = keys.create_key(Description=m["description"])["KeyMetadata"]["KeyId"]
    keys.create_alias(AliasName=m["alias"], TargetKeyId=key)
    keys.close()
    plant_identities(server)


def plant_identities(server: RunningServer) -> None:
    identities = server.client("iam")
    identities.create_user(UserName=MARKERS["user"])
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": MARKERS["policy"]}
    identities.put_user_policy(
        UserName=MARKERS["user"],
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    identities.close()


def check_planted(server: RunningServer) -> None:
    client = server.client()
    m = MARKERS
    key = {"pk": {"S": m["partition"]}, "sk": {"S": m["sort"]}}
    item = client.get_item(TableName=m["table"], Key=key)["Item"]
    assert item[m["attribute"]]["S"].startswith(m["value"])
    found = client.query(
        TableName=m["table"],
        IndexName=m["index"],
        KeyConditionExpression="#a = :v",
        ExpressionAttributeNames={"#a": m["attribute"]},
        ExpressionAttributeValues={":v": item[m["attribute"]]},
    )
    assert found["Count"] == 21
    client.close()


def forms(marker: str) -> list[bytes]:
    """A marker as text, and as base64, for each of the three offsets at which it can begin."""
    text = marker.encode()
    encoded = [base64.b64encode(bytes(place) + text)[4:-4] for place in range(3)]
    return [text, text.hex().encode(), *encoded]
