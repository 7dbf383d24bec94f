"""The region that a request is signed for is its sender's choice: it opens nothing."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.api.accounts import Account, allow
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer

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
        """The services of which they may call something that is signed for a region."""
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
    """IAM is in one region: who may do all in another could give themselves everything."""
    server = start_server(
        "--memory",
        *("--regions", f"{US},{EU}"),
        *("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY),
    )
    resident = Resident(server, EU)
    assert resident.may(US) == set()
    assert resident.may(EU) == set(CALLS) - {"iam"}
    assert "iam" in Resident(server, US).may(EU)
