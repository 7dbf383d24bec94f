"""Servers where policies decide: an administrator, users, roles, and clients of theirs."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

from tests.functions import TRUSTS_LAMBDA
from tests.servers import REGION, RunningServer


class Account:
    """A server with an administrator, and users of it."""

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

    def role(self, name: str, *statements: dict[str, Any], trust: str = "") -> str:
        """Makes a role with an inline policy, for Lambda unless `trust` says whom; its ARN."""
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust or TRUSTS_LAMBDA)
        if statements:
            self.allow_role(name, *statements)
        return str(role["Role"]["Arn"])

    def allow_role(self, name: str, *statements: dict[str, Any]) -> None:
        self.iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=document(*statements)
        )

    def client(self, keys: dict[str, str], service: str = "dynamodb") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=REGION,
            config=Config(retries={"total_max_attempts": 1}),
            **keys,
        )

    def table(self, name: str, sort: str | None = "sk") -> None:
        names = ["pk"] if sort is None else ["pk", sort]
        self.admin.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
            KeySchema=[
                {"AttributeName": each, "KeyType": kind}
                for each, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
        )


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
