"""An account on a server that requires signatures: its administrator, users, and their policies."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.functions import TRUSTS_LAMBDA
from tests.servers import REGION, RunningServer

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:000000000000:table"


class Account:
    """A server with an administrator and users."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.admin = server.client()
        self.iam = server.client("iam")
        self.sts = server.client("sts")

    def user(self, name: str, *statements: dict[str, Any]) -> dict[str, str]:
        """Makes a user with an inline policy; returns credentials for `client`."""
        self.iam.create_user(UserName=name)
        if statements:
            self.allow(name, *statements)
        return credentials(self.iam.create_access_key(UserName=name)["AccessKey"])

    def allow(self, name: str, *statements: dict[str, Any]) -> None:
        self.iam.put_user_policy(
            UserName=name, PolicyName="own", PolicyDocument=document(*statements)
        )

    def role(self, name: str, *statements: dict[str, Any], trust: str = TRUSTS_LAMBDA) -> str:
        """Makes a role with an inline policy, which Lambda may assume unless `trust` names others;
        returns its ARN."""
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        if statements:
            self.allow_role(name, *statements)
        return str(role["Role"]["Arn"])

    def allow_role(self, name: str, *statements: dict[str, Any]) -> None:
        self.iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=document(*statements)
        )

    def client(self, keys: dict[str, str], service: str = "dynamodb") -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=REGION,
            config=Config(retries={"total_max_attempts": 1}),
            **keys,
        )
        return self.server.keep(client)

    def table(self, name: str, sort: str | None = "sk") -> None:
        self.admin.create_table(**self.request(name, sort))

    def request(self, name: str, sort: str | None = "sk", **members: Any) -> dict[str, Any]:
        """A CreateTable request for a table with the keys `pk` and `sort`."""
        names = ["pk"] if sort is None else ["pk", sort]
        return {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": each, "AttributeType": "S"} for each in names
            ],
            "KeySchema": [
                {"AttributeName": each, "KeyType": kind}
                for each, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            **members,
        }


def credentials(key: dict[str, str]) -> dict[str, str]:
    found = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    return {**found, "aws_session_token": key["SessionToken"]} if "SessionToken" in key else found


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: Any = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **members}


def refusal(call: Any, *arguments: Any, **parameters: Any) -> tuple[str, str]:
    """Code and text of the error with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(*arguments, **parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def denied(user: str, action: str, resource: str, reason: str | None = None) -> tuple[str, str]:
    reason = reason or f"because no identity-based policy allows the dynamodb:{action} action"
    return "AccessDeniedException", (
        f"User: arn:aws:iam::000000000000:user/{user} is not authorized to perform: "
        f"dynamodb:{action} on resource: {resource} {reason}"
    )


KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
