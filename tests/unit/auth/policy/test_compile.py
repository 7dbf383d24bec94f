"""Which actions and resources a statement applies to.

Expected results: IAM user guide, "IAM JSON policy elements": Action, NotAction, Resource,
NotResource, and "Variables and tags".
"""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.auth.policy.wildcards import Beginning
from tests.unit.auth.policy.deciding import ACCOUNT, allows, statement

GET = "dynamodb:GetItem"
ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:"
MUSIC = f"{ARN}table/Music"

ACTIONS: list[tuple[dict[str, Any], str, bool]] = [
    ({"Action": "*"}, GET, True),
    ({"Action": "*:*"}, GET, True),
    ({"Action": GET}, GET, True),
    ({"Action": "DYNAMODB:getitem"}, GET, True),
    ({"Action": "dynamodb:*"}, GET, True),
    ({"Action": "dynamodb:Get*"}, GET, True),
    ({"Action": "dynamodb:*Item"}, GET, True),
    ({"Action": "dynamodb:*Item"}, "dynamodb:BatchGetItem", True),
    ({"Action": "dynamodb:*Item"}, "dynamodb:Query", False),
    ({"Action": "dynamodb:Get?tem"}, GET, True),
    ({"Action": "dynamodb:Get?Item"}, GET, False),
    ({"Action": "dynamodb:Batch*Item"}, "dynamodb:BatchWriteItem", True),
    ({"Action": "dynamodb:GetItems"}, GET, False),
    ({"Action": "dynamodb:Get"}, GET, False),
    ({"Action": "iam:*"}, GET, False),
    ({"Action": "s3:GetItem"}, GET, False),
    ({"Action": ["dynamodb:PutItem", GET]}, GET, True),
    ({"Action": ["dynamodb:PutItem", "dynamodb:Query"]}, GET, False),
    ({"NotAction": GET}, GET, False),
    ({"NotAction": GET}, "dynamodb:PutItem", True),
    ({"NotAction": "dynamodb:*"}, GET, False),
    ({"NotAction": "iam:*"}, GET, True),
    ({"NotAction": ["iam:*", "dynamodb:Get*"]}, GET, False),
    ({"NotAction": "*"}, GET, False),
]

RESOURCES: list[tuple[dict[str, Any], str, bool]] = [
    ({"Resource": "*"}, MUSIC, True),
    ({"Resource": MUSIC}, MUSIC, True),
    ({"Resource": MUSIC}, f"{ARN}table/music", False),
    ({"Resource": MUSIC}, f"{MUSIC}/index/ByYear", False),
    ({"Resource": f"{MUSIC}*"}, f"{MUSIC}/index/ByYear", True),
    ({"Resource": f"{MUSIC}*"}, f"{ARN}table/Music2", True),
    ({"Resource": f"{MUSIC}/*"}, MUSIC, False),
    ({"Resource": f"{MUSIC}/index/*"}, f"{MUSIC}/index/ByYear", True),
    ({"Resource": f"{MUSIC}/index/*"}, f"{MUSIC}/stream/2024-01-31T00:00:00.000", False),
    ({"Resource": f"{MUSIC}/stream/*"}, f"{MUSIC}/stream/2024-01-31T00:00:00.000", True),
    ({"Resource": f"{ARN}table/*/index/By*"}, f"{MUSIC}/index/ByYear", True),
    ({"Resource": f"{ARN}table/*/index/By*"}, f"{MUSIC}/index/Year", False),
    ({"Resource": f"{ARN}table/*/index/By????"}, f"{MUSIC}/index/ByYear", True),
    ({"Resource": f"{ARN}table/M?sic"}, MUSIC, True),
    ({"Resource": f"{ARN}table/M?ic"}, MUSIC, False),
    ({"Resource": f"arn:aws:dynamodb:*:{ACCOUNT}:table/Music"}, MUSIC, True),
    ({"Resource": "arn:aws:dynamodb:*:*:table/Music"}, MUSIC, True),
    ({"Resource": "arn:*:dynamodb:*:*:*"}, MUSIC, True),
    ({"Resource": "arn:aws:dynamodb:us-*-1:*:table/Music"}, MUSIC, True),
    ({"Resource": "arn:aws:dynamodb:us-*-2:*:table/Music"}, MUSIC, False),
    ({"Resource": "arn:aws:dynamodb:us*0:table/*:*"}, MUSIC, False),
    ({"Resource": "arn:aws:dynamodb:u*t:1:table/Music"}, "arn:aws:dynamodb:us:t:1:table/Music",
     False),
    ({"Resource": "arn:aws:dynamodb:us-west-2:*:table/Music"}, MUSIC, False),
    ({"Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/Music"}, MUSIC, False),
    ({"Resource": "arn:aws:s3:::*"}, MUSIC, False),
    ({"Resource": [f"{ARN}table/A", MUSIC]}, MUSIC, True),
    ({"Resource": [f"{ARN}table/A", f"{ARN}table/B"]}, MUSIC, False),
    ({"NotResource": MUSIC}, MUSIC, False),
    ({"NotResource": MUSIC}, f"{ARN}table/Other", True),
    ({"NotResource": [f"{ARN}table/A", f"{ARN}table/M*"]}, MUSIC, False),
    ({"NotResource": "*"}, MUSIC, False),
    ({"Resource": f"{ARN}table/${{aws:username}}"}, f"{ARN}table/alice", True),
    ({"Resource": f"{ARN}table/${{aws:username}}"}, f"{ARN}table/bob", False),
    ({"Resource": f"{ARN}table/${{aws:username}}-*"}, f"{ARN}table/alice-1", True),
    ({"Resource": f"{ARN}table/${{x:absent}}"}, f"{ARN}table/", False),
    ({"Resource": f"{ARN}table/${{x:absent, 'M'}}usic"}, MUSIC, True),
    ({"Resource": f"{ARN}table/${{x:star}}"}, f"{ARN}table/abc", False),
    ({"Resource": f"{ARN}table/${{x:star}}"}, f"{ARN}table/a*", True),
    ({"Resource": f"{ARN}table/${{x:many}}"}, f"{ARN}table/one", False),
    ({"Resource": f"{ARN}table/a${{*}}"}, f"{ARN}table/abc", False),
    ({"Resource": f"{ARN}table/a${{*}}"}, f"{ARN}table/a*", True),
    ({"NotResource": f"{ARN}table/${{aws:username}}"}, f"{ARN}table/alice", False),
    ({"NotResource": f"{ARN}table/${{aws:username}}"}, f"{ARN}table/bob", True),
]  # fmt: skip
FACTS = {"aws:username": ["alice"], "x:star": ["a*"], "x:many": ["one", "two"]}


@pytest.mark.parametrize(("about", "action", "meant"), ACTIONS)
def test_which_actions_a_statement_covers(about: dict[str, Any], action: str, meant: bool) -> None:
    assert allows(statement(**about), action=action) is meant
    assert allows(statement(), statement("Deny", **about), action=action) is not meant


@pytest.mark.parametrize(("about", "resource", "meant"), RESOURCES)
def test_which_resources_a_statement_covers(
    about: dict[str, Any], resource: str, meant: bool
) -> None:
    assert allows(statement(**about), on=resource, facts=FACTS) is meant
    denied = not allows(statement(), statement("Deny", **about), on=resource, facts=FACTS)
    assert denied is meant


def test_action_and_resource_and_condition_must_all_fit() -> None:
    one = statement(Action=GET, Resource=MUSIC, Condition={"Bool": {"aws:SecureTransport": "true"}})
    facts = {"aws:SecureTransport": ["true"]}
    assert allows(one, facts=facts)
    assert not allows(one, facts=facts, action="dynamodb:PutItem")
    assert not allows(one, facts=facts, on=f"{ARN}table/Other")
    assert not allows(one, facts={"aws:SecureTransport": ["false"]})


def test_statements_are_alternatives() -> None:
    two = (statement(Action="dynamodb:PutItem"), statement(Action=GET))
    assert allows(*two)
    assert not allows(*two, action="dynamodb:Query")


OBJECTS = "arn:aws:s3:::lake"
ALL_OF_SOME: list[tuple[str, str, bool, bool]] = [
    # what is meant, what a policy names; whether that is all of it, whether it is some of it
    ("new/", "new/*", True, True),
    ("new/", "*", True, True),
    ("new/", "n*/*", True, True),
    ("new/", "new/*.json", False, True),
    ("new/", "new/?", False, True),
    ("new/", "new/??", False, True),
    ("new/", "new/", False, True),
    ("new/", "new/?*", False, True),
    ("new/", "*/??", False, True),
    ("new//", "*/??", False, True),
    ("new/", "new/*?", False, True),
    ("new/", "new/old/*", False, True),
    ("new/", "newer/*", False, False),
    ("new/", "other/*", False, False),
    ("new/", "*/secret", False, True),
    ("new/", "*.json", False, True),
    ("ne", "new/*", False, True),
    ("ne", "ne*", True, True),
    ("ne", "?e*", True, True),
    ("ne", "n?w/x", False, True),
    ("ne", "?x*", False, False),
    ("", "new/*", False, True),
    ("", "*", True, True),
    ("a*", "a${*}*", True, True),
    ("a", "a${*}*", False, True),
    ("alice/", "${aws:username}/*", True, True),
    ("alice/", "${aws:username}/own/*", False, True),
    ("bob/", "${aws:username}/*", False, False),
]


@pytest.mark.parametrize(("start", "named", "whole", "part"), ALL_OF_SOME)
def test_all_resources_that_begin_so(start: str, named: str, whole: bool, part: bool) -> None:
    """Allowed are none unless all are, and one that is denied denies them all."""
    meant: Any = {"on": Beginning(f"{OBJECTS}/{start}*"), "facts": FACTS}
    about = f"{OBJECTS}/{named}"
    assert allows(statement(Resource=about), **meant) is whole
    assert allows(statement(), statement("Deny", Resource=about), **meant) is not part
    assert allows(statement(NotResource=about), **meant) is not part
    assert allows(statement(), statement("Deny", NotResource=about), **meant) is whole


def test_patterns_that_are_some_each_are_not_all_together() -> None:
    meant: Any = {"on": Beginning(f"{OBJECTS}/new/*")}
    some = [f"{OBJECTS}/new/{end}" for end in ("", "?", "??", "*??")]
    assert not allows(statement(Resource=some), **meant)
    assert allows(statement(Resource=[*some, f"{OBJECTS}/new/*"]), **meant)
