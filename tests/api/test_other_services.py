"""Clients of services that do not exist here, directed here by `AWS_ENDPOINT_URL`."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.servers import RunningServer

FORECAST = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/music",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    "PolicyName": "p",
    "StartTime": "2026-01-01T00:00:00",
    "EndTime": "2026-01-02T00:00:00",
}


@pytest.mark.parametrize(
    ("service", "operation", "input_"),
    [
        ("s3", "list_buckets", {}),
        ("s3", "get_object", {"Bucket": "bucket", "Key": "key"}),
        ("sns", "list_topics", {}),
        ("sqs", "list_queues", {}),
        ("logs", "describe_log_groups", {}),
    ],
)
def test_clients_of_other_services_are_told_what_is_wrong(
    running_server: RunningServer, service: str, operation: str, input_: dict[str, str]
) -> None:
    client = running_server.client(service)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**input_)
    client.close()
    assert f"Jedlik has no {service}: " in str(caught.value)
    assert "AWS_ENDPOINT_URL_DYNAMODB" in str(caught.value)


@pytest.mark.parametrize(
    ("service", "operation", "input_"),
    [
        ("iam", "create_login_profile", {"UserName": "nobody"}),
        ("kms", "get_public_key", {"KeyId": "nothing"}),
        ("cloudwatch", "list_dashboards", {}),
        ("application-autoscaling", "get_predictive_scaling_forecast", FORECAST),
    ],
)
def test_what_is_not_built_of_those_that_are_here(
    running_server: RunningServer, service: str, operation: str, input_: dict[str, str]
) -> None:
    """The counter-case: nothing about other services."""
    client = running_server.client(service)
    with pytest.raises(ClientError, match="is not available in this version of Jedlik"):
        getattr(client, operation)(**input_)
    client.close()
