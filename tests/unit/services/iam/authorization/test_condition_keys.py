"""The sources of the values of global condition keys."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.auth.policy.effort import TakesLong
from jedlik.auth.policy.facts import Fixed, Values
from jedlik.auth.policy.principals import Caller
from jedlik.auth.sessions import Session
from jedlik.gateway.exchange import AccessPoint, Request
from jedlik.services.iam.authorization.condition_keys import ConditionKeys
from jedlik.services.iam.authorization.principals import Principal
from jedlik.services.iam.authorization.requests import AuthorizationRequest, given_tags

ACCOUNT = "000000000000"
ALICE = Principal(
    Caller(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT), "User", "AIDA", "alice", {"team": "red"}
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
OF_ROLE = Principal(
    Caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", ACCOUNT, ROLE),
    "AssumedRole",
    "AROA:s",
    session=Session("ASIA", "secret", 1_700_000_000.0, 1_700_003_600.0, function="arn:f"),
)
POINT = AccessPoint("vpc-1", "vpce-1")


def found(
    key: str,
    principal: Principal = ALICE,
    own: Any = None,
    tags: dict[str, Values] | None = None,
    point: AccessPoint | None = None,
    connection: Request | None = None,
    keys: dict[str, Values] | None = None,
    hurried: bool = False,
    **request: Any,
) -> Values | None:
    source = ConditionKeys(principal, own, tags or {}, point, lambda: 1_700_000_000.5)
    connection = connection or Request(b"POST", b"/", {}, b"", b"", b"")
    part = AuthorizationRequest(
        "k", request, request, None, connection, "us-east-1", keys=keys or {}, hurried=hurried
    )
    return source(key)(part)


@pytest.mark.parametrize(
    ("key", "of_alice", "of_role"),
    [
        ("aws:username", ("alice",), None),
        ("aws:userid", ("AIDA",), ("AROA:s",)),
        ("aws:principaltype", ("User",), ("AssumedRole",)),
        ("aws:principalarn", (f"arn:aws:iam::{ACCOUNT}:user/alice",), (ROLE,)),
        ("aws:principalaccount", (ACCOUNT,), (ACCOUNT,)),
        ("aws:resourceaccount", (ACCOUNT,), (ACCOUNT,)),
        ("aws:principaltag/team", ("red",), None),
        ("aws:principaltag/other", None, None),
        ("aws:tokenissuetime", None, ("2023-11-14T22:13:20Z",)),
        ("aws:multifactorauthpresent", None, ("false",)),
        ("lambda:sourcefunctionarn", None, ("arn:f",)),
        ("aws:viaawsservice", ("false",), ("false",)),
    ],
)
def test_of_the_caller(key: str, of_alice: Any, of_role: Any) -> None:
    assert found(key) == of_alice
    assert found(key, OF_ROLE) == of_role


def test_what_no_request_changes_is_fixed() -> None:
    source = ConditionKeys(ALICE, {}, {"team": ("blue",)}, None, lambda: 0.0)
    for key in ("aws:username", "aws:resourcetag/team", "aws:principaltag/team", "unknown"):
        assert isinstance(source(key), Fixed)
    for key in ("aws:currenttime", "aws:sourceip", "aws:requesttag/team"):
        assert not isinstance(source(key), Fixed)


def test_of_how_the_request_came() -> None:
    headers = {b"user-agent": b"aws-cli", b"referer": b"http://x"}
    connection = Request(
        b"POST", b"/", headers, b"", b"", b"", "10.0.0.1", secure=True, point=POINT
    )
    for key, values in {
        "aws:sourceip": ("10.0.0.1",),
        "aws:vpcsourceip": ("10.0.0.1",),
        "aws:securetransport": ("true",),
        "aws:useragent": ("aws-cli",),
        "aws:referer": ("http://x",),
    }.items():
        assert found(key, connection=connection) == values
    for key in ("aws:sourceip", "aws:vpcsourceip", "aws:useragent", "aws:referer"):
        assert found(key) is None
    assert found("aws:securetransport") == ("false",)


def test_of_an_access_point() -> None:
    assert found("aws:sourcevpc", point=POINT) == ("vpc-1",)
    assert found("aws:sourcevpce", point=POINT) == ("vpce-1",)
    assert found("aws:sourcevpc") is None
    assert found("aws:sourcevpc", point=AccessPoint(None, "vpce-1")) is None


def test_of_the_time_and_the_region() -> None:
    assert found("aws:currenttime") == ("2023-11-14T22:13:20Z",)
    assert found("aws:epochtime") == ("1700000000",)
    assert found("aws:requestedregion") == ("us-east-1",)


@pytest.mark.parametrize(
    ("payload", "tags"),
    [
        ({"Tags": [{"Key": "a", "Value": "1"}, "no tag"]}, {"a": "1"}),
        ({"Tags": {"a": "1"}}, {"a": "1"}),
        ({"Tags": "x"}, {}),
        ({}, {}),
    ],
)
def test_tags_of_requests(payload: dict[str, Any], tags: dict[str, str]) -> None:
    assert given_tags(payload) == tags
    assert found("aws:tagkeys", **payload) == (tuple(tags) or None)


def test_one_tag_of_a_request_whatever_its_case() -> None:
    tags = [{"Key": "Team", "Value": "red"}, {"Key": "team", "Value": "blue"}]
    assert found("aws:requesttag/team", Tags=tags) == ("red", "blue")
    assert found("aws:requesttag/other", Tags=tags) is None
    assert found("aws:tagkeys", TagKeys=["x"]) == ("x",)


def test_very_many_tags_are_not_read_while_others_wait() -> None:
    tags = [{"Key": str(number), "Value": ""} for number in range(6000)]
    for key in ("aws:requesttag/1", "aws:tagkeys"):
        assert found(key, Tags=tags)
        with pytest.raises(TakesLong):
            found(key, hurried=True, Tags=tags)


def test_parameters_of_sts() -> None:
    assert found("sts:externalid", ExternalId="12") == ("12",)
    assert found("sts:externalid") is None


def test_tags_of_the_resource_come_with_the_request_where_its_service_says_so() -> None:
    tags: dict[str, Values] = {"team": ("blue",)}
    assert found("aws:resourcetag/team", own={}, tags=tags) == ("blue",)
    assert found("aws:resourcetag/team", tags=tags) is None
    assert found("aws:resourcetag/team", keys={"aws:resourcetag/team": ("x",)}) == ("x",)


def test_keys_of_the_service() -> None:
    own = {"dynamodb:select": lambda _part: ("COUNT",)}
    assert found("dynamodb:select", own=own) == ("COUNT",)
    assert found("dynamodb:other", own=own) is None
    assert found("kms:x") is None
    assert found("kms:x", keys={"kms:x": ("1",)}) == ("1",)
