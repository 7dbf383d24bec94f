"""What ReplicaUpdates ask for, and in which order it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.services.dynamodb.operations.global_tables.replica_request import asked, only_action
from tests.control_plane import ControlPlane

CREATE = {"Create": {"RegionName": "eu-west-1"}}
DELETE = {"Delete": {"RegionName": "eu-west-1"}}
SEVERAL = "Update table operation with more than one create or delete replica actions not allowed"


def request(*updates: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"TableName": "music", "ReplicaUpdates": list(updates), **members}


@pytest.mark.parametrize("times", [1, 2, MAX_EXAMINED_PARTS])
def test_the_same_action_however_often_is_one(times: int) -> None:
    action = only_action(request(*[CREATE] * times))
    assert (action.kind, action.region) == ("Create", "eu-west-1")


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (
            request(CREATE, BillingMode="PAY_PER_REQUEST"),
            (
                "One or more parameter values were invalid: "
                "Replica modification must be the only operation in the request"
            ),
        ),
        (
            request(CREATE, GlobalTableWitnessUpdates=[{"Create": {"RegionName": "eu-west-2"}}]),
            (
                "One or more parameter values were invalid: "
                "Replica modification must be the only operation in the request"
            ),
        ),
        (request(CREATE, {"Create": {"RegionName": "eu-west-2"}}), SEVERAL),
        (request(DELETE, {"Delete": {"RegionName": "eu-west-2"}}), SEVERAL),
        (request(*[CREATE] * (MAX_EXAMINED_PARTS + 1)), SEVERAL),
        (
            request(CREATE, DELETE),
            "Update table operation with more than one type of replica actions not allowed",
        ),
        (
            request({**CREATE, **DELETE}),
            "Update table operation with more than one type of replica actions not allowed.",
        ),
        (
            request({}),
            "There are no actions specified in the Replica Update Action of the request.",
        ),
        (
            request({"Update": {"RegionName": "eu-west-1"}}),
            "There are no actions specified in the Replica Update Action of the request.",
        ),
        (
            request(
                {
                    "Update": {
                        "RegionName": "eu-west-1",
                        "GlobalSecondaryIndexes": [{"IndexName": "gsi"}],
                    }
                }
            ),
            "There are no actions specified in the Replica Update Action of the request.",
        ),
    ],
)
def test_what_is_refused_whatever_the_table_is(payload: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationException) as caught:
        only_action(payload)
    assert caught.value.message == text


@pytest.mark.parametrize(
    "member", [{"TableClassOverride": "STANDARD"}, {"KMSMasterKeyId": "alias/a"}]
)
def test_an_update_asks_for_something(member: dict[str, Any]) -> None:
    action = only_action(request({"Update": {"RegionName": "eu-west-1", **member}}))
    assert action.kind == "Update"


def test_a_region_that_this_server_no_longer_knows_cannot_be_asked(plane: ControlPlane) -> None:
    with pytest.raises(LimitExceededException, match="eu-west-1 cannot be reached; try again"):
        plane.run(asked(plane.database, "eu-west-1", "music", key="any"))
