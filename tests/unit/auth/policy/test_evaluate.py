"""Decisions over all layers of policies.

Expected results: IAM user guide, "Policy evaluation logic", and the table of its section on
resource-based policies.
"""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import pytest

from jedlik.auth.policy.evaluate import TRUST, Layers, Plan
from jedlik.auth.policy.facts import Fixed
from jedlik.auth.policy.logic import always, never, settled
from jedlik.auth.policy.principals import Caller
from tests.unit.auth.policy.deciding import (
    ACCOUNT,
    ALICE,
    LAMBDA,
    ROLE_ARN,
    ROOT,
    SESSION,
    TABLE,
    decide,
    policy,
    statement,
)

NONE = object()
ALLOW = (policy(statement()),)
DENY = (policy(statement("Deny")),)
ARN = f"arn:aws:iam::{ACCOUNT}:policy/ward/NoReads"
MANAGED_DENY = policy(statement("Deny"), arn=ARN)
NOTHING = (policy(statement(Action="s3:*")),)
WORDS: dict[str, Any] = {"-": None, "allow": ALLOW, "deny": DENY, "nothing": NOTHING, "empty": ()}


def granting(principal: Any, effect: str = "Allow") -> Any:
    return policy(statement(effect, Principal=principal), resource=True)


# Identity, boundary, session, and what comes out.
LIMITS: list[tuple[str, str, str, str]] = [
    ("empty", "-", "-", "no identity-based policy"),
    ("nothing", "-", "-", "no identity-based policy"),
    ("allow", "-", "-", ""),
    ("deny", "-", "-", "explicit deny in an identity-based policy"),
    ("allow", "allow", "-", ""),
    ("allow", "nothing", "-", "no permissions boundary"),
    ("allow", "empty", "-", "no permissions boundary"),
    ("allow", "deny", "-", "explicit deny in a permissions boundary"),
    ("nothing", "allow", "-", "no identity-based policy"),
    ("nothing", "nothing", "-", "no identity-based policy"),
    ("nothing", "deny", "-", "explicit deny in a permissions boundary"),
    ("deny", "allow", "-", "explicit deny in an identity-based policy"),
    ("allow", "-", "allow", ""),
    ("allow", "-", "nothing", "no session policy"),
    ("allow", "-", "deny", "explicit deny in a session policy"),
    ("nothing", "-", "allow", "no identity-based policy"),
    ("nothing", "-", "deny", "explicit deny in a session policy"),
    ("deny", "-", "allow", "explicit deny in an identity-based policy"),
    ("allow", "allow", "allow", ""),
    ("allow", "allow", "nothing", "no session policy"),
    ("allow", "nothing", "allow", "no permissions boundary"),
    ("allow", "deny", "allow", "explicit deny in a permissions boundary"),
    ("nothing", "allow", "allow", "no identity-based policy"),
]


@pytest.mark.parametrize(("identity", "boundary", "session", "expected"), LIMITS)
def test_identity_boundary_and_session(
    identity: str, boundary: str, session: str, expected: str
) -> None:
    layers = Layers(WORDS[identity], boundary=WORDS[boundary], session=WORDS[session])
    decision = decide(layers)
    assert decision.allowed is (expected == "")
    if expected:
        assert expected in decision.reason("dynamodb:GetItem")


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        (Layers((*DENY, MANAGED_DENY)), "with an explicit deny in an identity-based policy"),
        (
            Layers((*ALLOW, MANAGED_DENY)),
            f"with an explicit deny in an identity-based policy: {ARN}",
        ),
        (
            Layers(ALLOW, boundary=(MANAGED_DENY,)),
            f"with an explicit deny in a permissions boundary: {ARN}",
        ),
        (
            Layers((policy(statement(Action="s3:*"), arn=ARN),)),
            "because no identity-based policy allows the dynamodb:GetItem action",
        ),
    ],
)
def test_a_managed_policy_that_denies_is_named(layers: Layers, reason: str) -> None:
    """As the service has answered since 2026; inline policies have no ARN."""
    assert decide(layers).reason("dynamodb:GetItem") == reason


ALICE_ARN = {"AWS": ALICE.arn}
ROLE = {"AWS": ROLE_ARN}
SESSION_ARN = {"AWS": SESSION.arn}
ROOT_ARN = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
SERVICE = {"Service": LAMBDA.service}
OTHER_SERVICE = {"Service": "ec2.amazonaws.com"}
STRANGER = {"AWS": "arn:aws:iam::111111111111:user/eve"}

# Caller, who the resource's policy allows, identity, boundary, session; whether it is allowed.
RESOURCE: list[tuple[Caller, Any, str, str, str, bool]] = [
    (ALICE, ALICE_ARN, "empty", "-", "-", True),
    (ALICE, ALICE_ARN, "nothing", "nothing", "-", True),
    (ALICE, ALICE_ARN, "nothing", "deny", "-", False),
    (ALICE, ALICE_ARN, "deny", "-", "-", False),
    (ALICE, STRANGER, "empty", "-", "-", False),
    (ALICE, STRANGER, "allow", "-", "-", True),
    (ALICE, "*", "empty", "-", "-", True),
    (ALICE, {"AWS": "*"}, "empty", "-", "-", True),
    (ALICE, {"AWS": [STRANGER["AWS"], ALICE.arn]}, "empty", "-", "-", True),
    (ALICE, {"Service": "lambda.amazonaws.com"}, "empty", "-", "-", False),
    (ALICE, {"Federated": "example.com"}, "empty", "-", "-", False),
    (ALICE, ROOT_ARN, "empty", "-", "-", False),
    (ALICE, {"AWS": ACCOUNT}, "empty", "-", "-", False),
    (ALICE, ROOT_ARN, "allow", "-", "-", True),
    (ALICE, ROOT_ARN, "allow", "nothing", "-", False),
    (ALICE, {"AWS": "111111111111"}, "empty", "-", "-", False),
    (SESSION, ROLE, "empty", "-", "-", True),
    (SESSION, ROLE, "empty", "nothing", "-", False),
    (SESSION, ROLE, "empty", "allow", "-", True),
    (SESSION, ROLE, "empty", "-", "nothing", False),
    (SESSION, ROLE, "empty", "-", "allow", True),
    (SESSION, ROLE, "empty", "allow", "allow", True),
    (SESSION, ROLE, "deny", "-", "-", False),
    (SESSION, SESSION_ARN, "empty", "nothing", "nothing", True),
    (SESSION, SESSION_ARN, "empty", "deny", "-", False),
    (SESSION, SESSION_ARN, "empty", "-", "deny", False),
    (SESSION, "*", "empty", "nothing", "nothing", True),
    (SESSION, ALICE_ARN, "empty", "-", "-", False),
    (SESSION, ROOT_ARN, "empty", "-", "-", False),
    (SESSION, ROOT_ARN, "allow", "-", "-", True),
    (ALICE, ROLE, "empty", "-", "-", False),
    (ROOT, ALICE_ARN, "empty", "-", "-", True),
    (LAMBDA, SERVICE, "empty", "-", "-", True),
    (LAMBDA, {"Service": [OTHER_SERVICE["Service"], LAMBDA.service]}, "empty", "-", "-", True),
    (LAMBDA, "*", "empty", "-", "-", True),
    (LAMBDA, OTHER_SERVICE, "empty", "-", "-", False),
    (LAMBDA, {"AWS": LAMBDA.arn}, "empty", "-", "-", False),
    (LAMBDA, ROOT_ARN, "empty", "-", "-", False),
    (LAMBDA, {"AWS": ACCOUNT}, "empty", "-", "-", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("caller", "principal", "identity", "boundary", "session", "allowed"), RESOURCE
)
def test_a_resource_policy_beside_the_others(
    caller: Caller, principal: Any, identity: str, boundary: str, session: str, allowed: bool
) -> None:
    layers = Layers(WORDS[identity], granting(principal), WORDS[boundary], session=WORDS[session])
    assert decide(layers, caller=caller).allowed is allowed


# Caller, element and value of a Deny, whether it holds.
DENIED: list[tuple[Caller, dict[str, Any], bool]] = [
    (ALICE, {"Principal": "*"}, True),
    (ALICE, {"Principal": ALICE_ARN}, True),
    (ALICE, {"Principal": ROOT_ARN}, True),
    (ALICE, {"Principal": {"AWS": ACCOUNT}}, True),
    (ALICE, {"Principal": STRANGER}, False),
    (ALICE, {"Principal": ROLE}, False),
    (SESSION, {"Principal": ROLE}, True),
    (SESSION, {"Principal": SESSION_ARN}, True),
    (ROOT, {"Principal": ROOT_ARN}, True),
    (ROOT, {"Principal": "*"}, True),
    (ROOT, {"Principal": ALICE_ARN}, False),
    (ALICE, {"NotPrincipal": STRANGER}, True),
    (ALICE, {"NotPrincipal": ALICE_ARN}, True),
    (ALICE, {"NotPrincipal": {"AWS": [ALICE.arn, ACCOUNT]}}, False),
    (ALICE, {"NotPrincipal": {"AWS": [ALICE.arn, ROOT.arn]}}, False),
    (ALICE, {"NotPrincipal": {"AWS": [ACCOUNT]}}, True),
    (ALICE, {"NotPrincipal": "*"}, False),
    (SESSION, {"NotPrincipal": {"AWS": [ROLE_ARN, ACCOUNT]}}, True),
    (SESSION, {"NotPrincipal": {"AWS": [ROLE_ARN, SESSION.arn, ACCOUNT]}}, False),
    (ROOT, {"NotPrincipal": {"AWS": [ACCOUNT]}}, False),
    (ROOT, {"NotPrincipal": ALICE_ARN}, True),
    (LAMBDA, {"Principal": "*"}, True),
    (LAMBDA, {"Principal": SERVICE}, True),
    (LAMBDA, {"Principal": OTHER_SERVICE}, False),
    (LAMBDA, {"Principal": {"AWS": ACCOUNT}}, False),
    (LAMBDA, {"NotPrincipal": SERVICE}, False),
    (LAMBDA, {"NotPrincipal": OTHER_SERVICE}, True),
    (LAMBDA, {"NotPrincipal": {"AWS": ACCOUNT}}, True),
]


@pytest.mark.parametrize(("caller", "element", "held"), DENIED)
def test_a_resource_policy_that_denies(caller: Caller, element: Any, held: bool) -> None:
    resource = policy(statement("Deny", **element), resource=True)
    decision = decide(Layers(ALLOW, resource), caller=caller)
    assert decision.allowed is not held
    if held:
        assert decision.reason("x") == "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize(
    ("element", "allowed"),
    [
        ({"NotPrincipal": STRANGER}, True),
        ({"NotPrincipal": ALICE_ARN}, False),
        ({"NotPrincipal": {"AWS": ACCOUNT}}, False),
        ({"NotPrincipal": "*"}, False),
    ],
)
def test_an_allow_for_all_but_some(element: Any, allowed: bool) -> None:
    assert decide(Layers((), policy(statement(**element), resource=True))).allowed is allowed


@pytest.mark.parametrize(
    ("endpoint", "identity", "resource", "reason"),
    [
        ("allow", "allow", None, None),
        ("nothing", "allow", None, "because no VPC endpoint policy allows the x action"),
        ("deny", "allow", None, "with an explicit deny in a VPC endpoint policy"),
        ("allow", "empty", None, "because no identity-based policy allows the x action"),
        ("nothing", "empty", "*", "because no VPC endpoint policy allows the x action"),
        ("allow", "empty", "*", None),
    ],
)
def test_an_endpoint_policy_limits_both_other_layers(
    endpoint: str, identity: str, resource: Any, reason: str | None
) -> None:
    own = None if resource is None else granting(resource)
    decision = decide(Layers(WORDS[identity], own, endpoint=WORDS[endpoint]))
    assert decision.allowed is (reason is None)
    assert reason is None or decision.reason("x") == reason


@pytest.mark.parametrize(
    ("caller", "principal", "identity", "allowed"),
    [
        (ALICE, ALICE_ARN, "empty", True),
        (ALICE, ROOT_ARN, "empty", False),
        (ALICE, ROOT_ARN, "allow", True),
        (ALICE, STRANGER, "allow", False),
        (ALICE, ALICE_ARN, "deny", False),
        (SESSION, ROLE, "empty", True),
        (ROOT, ROOT_ARN, "empty", True),
        (ROOT, STRANGER, "empty", False),
    ],
)
def test_a_trust_policy_has_to_consent(
    caller: Caller, principal: Any, identity: str, allowed: bool
) -> None:
    layers = Layers(WORDS[identity], granting(principal), consent=TRUST)
    assert decide(layers, caller=caller).allowed is allowed


def test_root_needs_no_allow_but_is_held_back_by_denies_and_limits() -> None:
    assert decide(Layers(), caller=ROOT).allowed
    assert decide(Layers(session=NOTHING), caller=ROOT).reason("x").startswith("because no session")
    assert not decide(Layers(DENY), caller=ROOT).allowed


def test_a_deny_wins_in_whatever_order() -> None:
    allow, deny = statement(), statement("Deny", Action="dynamodb:GetItem")
    for statements in itertools.permutations((allow, allow, deny)):
        assert not decide(Layers((policy(*statements),))).allowed
        assert decide(Layers((policy(*statements),)), action="dynamodb:PutItem").allowed


def test_several_policies_of_a_layer_are_alternatives() -> None:
    put = policy(statement(Action="dynamodb:PutItem"))
    assert decide(Layers((*NOTHING, *ALLOW))).allowed
    assert decide(Layers(ALLOW, boundary=(put, *ALLOW))).allowed
    assert not decide(Layers(ALLOW, boundary=(put, *NOTHING))).allowed
    assert not decide(Layers((*ALLOW, *DENY))).allowed


SECURE = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    ("layers", "constant"),
    [
        (Layers(ALLOW), True),
        (Layers(()), True),
        (Layers(DENY), True),
        (Layers((policy(statement(), statement("Deny", Condition=SECURE)),)), False),
        (Layers((policy(statement(Condition=SECURE)),)), False),
        (Layers((policy(statement(), statement(Condition=SECURE)),)), True),
        (Layers((policy(statement("Deny"), statement("Deny", Condition=SECURE)),)), True),
        (Layers(ALLOW, boundary=(policy(statement(Condition=SECURE)),)), False),
        (Layers(ALLOW, boundary=(policy(statement(Condition=SECURE)), *ALLOW)), True),
        (Layers(ALLOW, granting(STRANGER)), True),
    ],
)
def test_decisions_that_no_request_can_change_are_made_once(layers: Layers, constant: bool) -> None:
    plan = Plan(layers, "dynamodb:GetItem", TABLE, ALICE)
    assert (plan.permits in (always, never)) is constant


def test_what_is_constant_is_what_the_facts_would_have_given() -> None:
    for identity, boundary, session in itertools.product(WORDS, repeat=3):
        if WORDS[identity] is None:
            continue
        layers = Layers(WORDS[identity], None, WORDS[boundary], WORDS[session])
        plan = Plan(layers, "dynamodb:GetItem", TABLE, ALICE)
        assert plan.permits is settled(plan.decide(lambda _key: None).allowed)


def test_facts_that_are_fixed_leave_nothing_to_test() -> None:
    own = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    layers = Layers((policy(statement(Condition=own)),))
    for team, test in (("red", always), ("blue", never)):
        tags = {"aws:resourcetag/team": Fixed(("red",)), "aws:principaltag/team": Fixed((team,))}
        plan = Plan(layers, "dynamodb:GetItem", TABLE, ALICE, tags.__getitem__)
        assert plan.permits is test


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"] * 40}},
        {"StringLike": {f"aws:RequestTag/{number}": "x" for number in range(20)}},
        {"StringLike": {"dynamodb:LeadingKeys": [f"${{aws:Referer}}{n}*" for n in range(20)]}},
        {"StringLike": {"dynamodb:LeadingKeys": ["${aws:Referer}${aws:UserAgent}" * 40] * 4}},
    ],
)
def test_a_plan_weighs_what_it_takes(condition: dict[str, Any]) -> None:
    layers = Layers((policy(*[statement(Condition=condition)] * 2),))

    def made() -> list[Plan]:
        return [Plan(layers, "dynamodb:GetItem", f"{TABLE}{n}", ALICE) for n in range(5)]

    made()
    tracemalloc.start()
    plans = made()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken <= 1.25 * sum(plan.weight for plan in plans) <= 12 * taken
