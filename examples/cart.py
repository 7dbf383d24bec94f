#!/usr/bin/env python
"""A shopping cart in two regions, one of which is lost for a while and comes back.

    jedlik serve --memory --regions us-east-1,eu-west-1 --admin-port 9000
    .venv/bin/python examples/cart.py --admin-url http://localhost:9000

The loss is made by pausing what the regions send each other, over the admin port.
"""

import argparse
import json
import os
import time
import urllib.request

import boto3

HOME, OTHER = "us-east-1", "eu-west-1"


def carts(endpoint_url, region):
    """The table of carts in a region."""
    session = boto3.Session("local", "local", region_name=region)
    return session.resource("dynamodb", endpoint_url=endpoint_url).Table("carts")


def create(table):
    """The table in its first region, and a replica in the other one."""
    client = table.meta.client
    client.create_table(
        TableName=table.name,
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "product", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "product", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    client.update_table(TableName=table.name, ReplicaUpdates=[{"Create": {"RegionName": OTHER}}])
    while True:
        replicas = client.describe_table(TableName=table.name)["Table"].get("Replicas", [])
        if any(replica["ReplicaStatus"] == "ACTIVE" for replica in replicas):
            return
        time.sleep(0.1)


def put(table, product, count):
    """Have so many of a product in the cart of our one customer."""
    table.put_item(Item={"customer": "ida", "product": product, "count": count})


def cart(table):
    """The customer's cart."""
    answer = table.query(
        KeyConditionExpression="customer = :ida", ExpressionAttributeValues={":ida": "ida"}
    )
    return {item["product"]: int(item["count"]) for item in answer["Items"]}


def until(table, expected):
    """Wait until the cart is as expected; how many seconds that took."""
    begun = time.monotonic()
    while cart(table) != expected:
        if time.monotonic() - begun > 30:
            raise SystemExit(f"the cart is {cart(table)}, not {expected}")
        time.sleep(0.02)
    return time.monotonic() - begun


def lose_and_return(us, eu, links):
    """What the customer does while us-east-1 is lost, and what is in the cart when it is back."""
    put(us, "tea", 1)
    until(eu, {"tea": 1})
    print(f"in us-east-1 {cart(us)}, in eu-west-1 {cart(eu)}")

    links("pause")
    put(us, "tea", 2)  # answered in us-east-1, and not sent any more
    print(f"us-east-1 is lost; eu-west-1 goes on with {cart(eu)}")
    put(eu, "bread", 1)
    put(eu, "tea", 5)  # the later writer
    print(f"in us-east-1 {cart(us)}, in eu-west-1 {cart(eu)}")

    links("resume")
    expected = {"bread": 1, "tea": 5}
    until(us, expected)
    until(eu, expected)
    print(f"us-east-1 is back; both have {cart(us)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    endpoint = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000")
    parser.add_argument("--endpoint-url", default=endpoint)
    parser.add_argument("--admin-url", default="http://localhost:9000")
    arguments = parser.parse_args()

    def links(what):
        for origin, target in ((HOME, OTHER), (OTHER, HOME)):
            body = json.dumps({"from": origin, "to": target}).encode()
            url = f"{arguments.admin_url}/replication/{what}"
            request = urllib.request.Request(url, body, method="POST")
            urllib.request.urlopen(request).close()

    us, eu = (carts(arguments.endpoint_url, region) for region in (HOME, OTHER))
    create(us)
    lose_and_return(us, eu, links)


if __name__ == "__main__":
    main()
