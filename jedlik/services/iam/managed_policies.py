"""The managed policies that AWS provides to every account, as far as they matter here.

AWS managed policy reference guide. They are reduced to the services that this server has.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

PREFIX: Final = "arn:aws:iam::aws:policy/"


def _text(*statements: dict[str, Any]) -> str:
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()


def _allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": "*"}


TEXTS: Final[dict[str, str]] = {
    f"{PREFIX}AdministratorAccess": _text(_allow("*")),
    f"{PREFIX}PowerUserAccess": _text(
        {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"},
        _allow("iam:GetRole", "iam:ListRoles"),
    ),
    f"{PREFIX}ReadOnlyAccess": _text(
        _allow(
            "dynamodb:BatchGet*",
            "dynamodb:Describe*",
            "dynamodb:Get*",
            "dynamodb:List*",
            "dynamodb:PartiQLSelect",
            "dynamodb:Query",
            "dynamodb:Scan",
            "iam:Get*",
            "iam:List*",
            "kms:Describe*",
            "kms:Get*",
            "kms:List*",
            "lambda:Get*",
            "lambda:List*",
        )
    ),
    f"{PREFIX}AmazonDynamoDBFullAccess": _text(_allow("dynamodb:*")),
    f"{PREFIX}AmazonDynamoDBReadOnlyAccess": _text(
        _allow(
            "dynamodb:BatchGetItem",
            "dynamodb:Describe*",
            "dynamodb:List*",
            "dynamodb:GetItem",
            "dynamodb:GetRecords",
            "dynamodb:GetResourcePolicy",
            "dynamodb:GetShardIterator",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PartiQLSelect",
        )
    ),
    f"{PREFIX}IAMFullAccess": _text(_allow("iam:*")),
    f"{PREFIX}IAMReadOnlyAccess": _text(_allow("iam:Get*", "iam:List*")),
    f"{PREFIX}service-role/AWSLambdaDynamoDBExecutionRole": _text(
        _allow(
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        )
    ),
    f"{PREFIX}service-role/AWSLambdaBasicExecutionRole": _text(
        _allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    ),
}
"""Texts by ARN."""
