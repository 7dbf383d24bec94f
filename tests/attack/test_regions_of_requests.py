"""Senders choose the region that a request is signed for: the choice must not give them
anything."""

from __future__ import annotations

from typing import Any

import boto3
import orjson
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.api.accounts import Account, allow
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer
from tests.signing import Draft, Sent, exchange

US, EU = "us-east-1", "eu-west-1"
CALLS = {
    "dynamodb": ("list_tables", {}),
    "sts": ("get_federation_token", {"Name": "me"}),
    "iam": ("list_users", {}),
    "kms": ("list_keys", {}),
    "cloudwatch": ("list_metrics", {}),
}


class Resident:
    """A user who may do everything in one region."""

    def __init__(self, server: RunningServer, region: str) -> None:
        account = Account(server)
        condition = {"StringEquals": {"aws:RequestedRegion": region}}
        self._keys = account.user(f"resident-of-{region}", allow("*", Condition=condition))
        self._server = server

    def may(self, region: str) -> set[str]:
        """The services that they may call with signatures for a region."""
        return {service for service in CALLS if self._may(service, region)}

    def _may(self, service: str, region: str) -> bool:
        config = Config(retries={"total_max_attempts": 1})
        made = boto3.client(
            service, endpoint_url=self._server.url, region_name=region, config=config, **self._keys
        )
        client: Any = self._server.keep(made)
        name, parameters = CALLS[service]
        try:
            getattr(client, name)(**parameters)
        except ClientError as error:
            if "AccessDenied" not in error.response["Error"]["Code"]:
                raise
            return False
        return True


@pytest.mark.parametrize(("region", "allowed"), [(US, set(CALLS)), (EU, set())])
def test_where_all_regions_are_one(
    closed_server: RunningServer, region: str, allowed: set[str]
) -> None:
    resident = Resident(closed_server, region)
    assert resident.may(US) == allowed
    assert resident.may(EU) == allowed


def test_where_each_has_its_own(start_server: StartServer) -> None:
    """IAM is in one region: otherwise callers with all permissions in another one could give
    themselves everything."""
    server = start_server(
        "--memory",
        *("--regions", f"{US},{EU}"),
        *("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY),
    )
    resident = Resident(server, EU)
    assert resident.may(US) == set()
    assert resident.may(EU) == set(CALLS) - {"iam"}
    assert "iam" in Resident(server, US).may(EU)


def _elsewhere(draft: Draft) -> str:
    """A credential for the other region."""
    return f"Credential={ACCESS_KEY}/{draft.date[:8]}/{EU}/dynamodb/aws4_request"


def _redirected(draft: Draft) -> list[Sent]:
    """A request that is signed for the home region, and looks as if it was signed for the other
    one."""
    other = _elsewhere(draft)
    query = draft.presigned()
    query.headers.append(("Authorization", ""))
    return [
        draft.signed().replace("HMAC-SHA256 ", f"HMAC-SHA256 x{other}, "),
        query,
        draft.but(target=f"/?aX-Amz-{other.replace('/', '%2F')}").presigned(),
    ]


@pytest.mark.parametrize("home", [US, EU])
def test_a_signature_is_for_one_region(start_server: StartServer, home: str) -> None:
    """No one who intercepts a request can have it carried out in another region."""
    server = start_server(
        "--memory",
        *("--region", home, "--regions", f"{US},{EU}"),
        *("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY),
    )
    address = (server.host, server.port)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
    }
    draft = Draft(headers=headers, host=f"{server.host}:{server.port}")
    for region in (US, EU):
        made = {
            "TableName": region,
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        target = {"X-Amz-Target": "DynamoDB_20120810.CreateTable"}
        create = draft.but(region=region, body=orjson.dumps(made), headers=target)
        assert exchange(address, create.signed().bytes())[0] == 200
    for number, sent in enumerate(_redirected(draft)):
        status, _, body = exchange(address, sent.bytes())
        assert (number, status, orjson.loads(body)) == (number, 200, {"TableNames": [US]})
    other = _elsewhere(draft)
    doubled = draft.signed().replace("HMAC-SHA256 ", f"HMAC-SHA256 {other}, ")
    status, _, body = exchange(address, doubled.bytes())
    assert (status, b"only one 'Credential'" in body) == (400, True)
