"""Helpers for the tables of decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.evaluate import Decision, Layers, Plan
from jedlik.auth.policy.facts import Fixed, Source, by_key
from jedlik.auth.policy.principals import Caller

ACCOUNT = "000000000000"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Music"
ALICE = Caller(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT)
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/Reader"
SESSION = Caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/night", ACCOUNT, ROLE_ARN)
LAMBDA = Caller("lambda.amazonaws.com", "", service="lambda.amazonaws.com")
ROOT = Caller(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)

Statement = dict[str, Any]


def statement(effect: str = "Allow", **members: Any) -> Statement:
    """A statement that is about everything, but for `members`."""
    whole: Statement = {"Effect": effect, **members}
    if "NotAction" not in whole:
        whole.setdefault("Action", "*")
    if "NotResource" not in whole:
        whole.setdefault("Resource", "*")
    return whole


def policy(
    *statements: Statement, version: str = "2012-10-17", resource: bool = False, arn: str = ""
) -> Policy:
    """A compiled policy of these statements."""
    text = json.dumps({"Version": version, "Statement": list(statements)})
    return compile_policy(text, names_principals=resource, arn=arn)


def decide(
    layers: Layers,
    facts: Mapping[str, Sequence[str]] | None = None,
    *,
    action: str = "dynamodb:GetItem",
    on: str = TABLE,
    caller: Caller = ALICE,
) -> Decision:
    """The decision on one request, whichever of its facts are known before it comes."""
    lowered = {key.lower(): tuple(values) for key, values in (facts or {}).items()}

    def decided(source: Source) -> Decision:
        plan = Plan(layers, action, on, caller, source)
        decision = plan.decide(lowered.get)
        assert plan.permits(lowered.get) is decision.allowed
        return decision

    decision = decided(by_key)
    assert decided(lambda key: Fixed(lowered.get(key))) == decision
    for known, values in lowered.items():
        assert decided(_knowing(known, values)) == decision
    return decision


def _knowing(known: str, values: tuple[str, ...]) -> Source:
    """A source to which one key's values are known."""
    return lambda key: Fixed(values) if key == known else by_key(key)


def allows(
    *statements: Statement,
    facts: Mapping[str, Sequence[str]] | None = None,
    version: str = "2012-10-17",
    **request: Any,
) -> bool:
    """Whether an identity policy of these statements allows a request."""
    return decide(
        Layers(identity=(policy(*statements, version=version),)), facts, **request
    ).allowed
