"""Who may do everything in one region has no more of what is in another."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from tests.api.accounts import Account, allow, refusal
from tests.servers import RunningServer

EU = "eu-west-1"


def test_iam_is_in_one_region(closed_server: RunningServer) -> None:
    """Or else anyone who may do all there could give themselves everything."""
    account = Account(closed_server)
    there = allow("*", Condition={"StringEquals": {"aws:RequestedRegion": EU}})
    keys = account.user("resident-of-eu", there)

    def client(service: str) -> Any:
        config = Config(retries={"total_max_attempts": 1})
        made = boto3.client(
            service, endpoint_url=closed_server.url, region_name=EU, config=config, **keys
        )
        return closed_server.keep(made)

    code, text = refusal(client("iam").list_users)
    assert (code, "iam:ListUsers" in text) == ("AccessDenied", True)
    assert "TableNames" in client("dynamodb").list_tables()
    assert client("sts").get_federation_token(Name="me"), "STS is in every region"
    here = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    account.allow("resident-of-eu", allow("iam:ListUsers", Condition=here))
    assert client("iam").list_users()["Users"]
