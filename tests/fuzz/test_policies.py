"""Spoilt policies: refused, or used for decisions without failures, and never a way to more
permissions.

However a document is spoilt, a request is not allowed if another layer denies it, nor by a document
without any Allow; and a spoilt limit allows no more than the other policies do.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.policy.evaluate import RESOURCE, Layers, Plan
from jedlik.auth.policy.operators import OPERATORS
from jedlik.auth.policy.principals import Caller
from tests.fuzz.mutations import spoil_bytes, spoil_structure
from tests.properties import examples
from tests.unit.auth.policy.deciding import ALICE, ROLE_ARN, SESSION, TABLE, policy, statement

SEEDS = st.integers(0, 2**40)
KEYS = ("aws:username", "aws:SourceIp", "aws:CurrentTime", "dynamodb:LeadingKeys", "a:b", "aws:")
VALUES = (
    "alice", "${aws:username}", "${aws:username, 'x'}", "${", "${*}", "$", "*", "?", "a*b*c*d", "",
    "10.0.0.0/8", "::1", "10.0.0.1/99", "2024-01-31T12:00:00Z", "9999-99", "1e999", "-0", "NaN",
    "true", "QUJD", "=", ROLE_ARN, "arn:aws:*", ":::::", "é", "\x00", "x" * 3000,
)  # fmt: skip
PRINCIPALS = ("*", {"AWS": "*"}, {"AWS": [ALICE.arn, ROLE_ARN]}, {"Service": "x.amazonaws.com"})
ACTIONS = ("dynamodb:GetItem", "*", "dynamodb:*", "dynamodb:G?t*", "s3:*")
RESOURCES = ("*", TABLE, f"{TABLE}/index/*", "arn:aws:dynamodb:*:*:table/${aws:username}*")
EVERYTHING = (policy(statement()),)
NOTHING_MORE = (policy(statement("Deny")),)


def document(draw: random.Random, effect: str, *, principals: bool) -> dict[str, Any]:
    """A policy of a few statements, all of one effect."""

    def one() -> dict[str, Any]:
        made: dict[str, Any] = {
            "Effect": effect,
            draw.choice(("Action", "NotAction")): draw.sample(ACTIONS, draw.randint(1, 2)),
            draw.choice(("Resource", "NotResource")): draw.sample(RESOURCES, draw.randint(1, 2)),
        }
        if principals:
            made[draw.choice(("Principal", "Principal", "NotPrincipal"))] = draw.choice(PRINCIPALS)
        if draw.random() < 0.7:
            made["Condition"] = {
                operator(draw): {draw.choice(KEYS): draw.sample(VALUES, draw.randint(1, 3))}
                for _ in range(draw.randint(1, 3))
            }
        return made

    version = draw.choice(("2012-10-17", "2008-10-17"))
    return {"Version": version, "Statement": [one() for _ in range(draw.randint(1, 3))]}


def operator(draw: random.Random) -> str:
    """An operator with a quantifier, with IfExists, or without."""
    name = draw.choice((*OPERATORS, "Null"))
    start = draw.choice(("", "", "ForAllValues:", "ForAnyValue:"))
    return f"{start}{name}{draw.choice(('', '', 'IfExists'))}"


def spoilt(whole: dict[str, Any], draw: random.Random) -> str:
    """The document's text: unchanged, or with its structure or its bytes spoilt."""
    text = json.dumps(whole)
    match draw.randint(0, 3):
        case 0:
            return text
        case 1 | 2:
            return json.dumps(spoil_structure(whole, draw))
    return spoil_bytes(text.encode(), draw).decode("utf-8", "replace")


def read(text: str, *, principals: bool) -> Policy | None:
    """The compiled policy; None if the text is not a policy."""
    try:
        return compile_policy(text, names_principals=principals)
    except MalformedPolicy:
        return None


def facts(draw: random.Random) -> Callable[[str], Sequence[str] | None]:
    """A request's value of a condition key: the same each time it is requested."""
    said = {
        key.lower(): draw.choice((None, (), tuple(draw.choices(VALUES, k=draw.randint(1, 3)))))
        for key in KEYS
    }
    return said.get


def allowed(layers: Layers, draw: random.Random, caller: Caller) -> bool:
    return Plan(layers, "dynamodb:GetItem", TABLE, caller).decide(facts(draw)).allowed


@examples(300)
@given(seed=SEEDS, caller=st.sampled_from([ALICE, SESSION]))
def test_a_spoilt_policy_of_an_identity(seed: int, caller: Caller) -> None:
    draw = random.Random(seed)
    one = read(spoilt(document(draw, "Allow", principals=False), draw), principals=False)
    if one is None:
        return
    allowed(Layers(identity=(one,)), draw, caller)
    for layers in (
        Layers(identity=(one, *NOTHING_MORE)),
        Layers(identity=(one,), boundary=()),
        Layers(identity=(one,), session=()),
        Layers(identity=(), boundary=(one,), session=(one,), endpoint=(one,)),
    ):
        assert not allowed(layers, draw, caller)


@examples(300)
@given(seed=SEEDS, caller=st.sampled_from([ALICE, SESSION]))
def test_a_spoilt_policy_of_a_resource(seed: int, caller: Caller) -> None:
    draw = random.Random(seed)
    one = read(spoilt(document(draw, "Allow", principals=True), draw), principals=True)
    if one is None:
        return
    allowed(Layers(resource=one), draw, caller)
    assert not allowed(Layers(identity=NOTHING_MORE, resource=one), draw, caller)
    assert not allowed(Layers(resource=one, consent=RESOURCE, endpoint=()), draw, caller)


@examples(300)
@given(seed=SEEDS, principals=st.booleans())
def test_nothing_is_allowed_where_nothing_says_allow(seed: int, principals: bool) -> None:
    draw = random.Random(seed)
    text = spoilt(document(draw, "Deny", principals=principals), draw)
    one = read(text, principals=principals)
    if one is None:
        return
    layers = Layers(resource=one) if principals else Layers(identity=(one,))
    assert not allowed(layers, draw, ALICE)
    limited = Layers(identity=EVERYTHING, boundary=(one,))
    assert not allowed(limited, draw, ALICE)


@pytest.mark.parametrize("principals", [False, True])
def test_the_documents_themselves_are_policies_that_allow(principals: bool) -> None:
    """Otherwise the tests above would only test refusals."""
    policies = decisions = 0
    for seed in range(200):
        draw = random.Random(seed)
        text = json.dumps(document(draw, "Allow", principals=principals))
        one = read(text, principals=principals)
        if one is not None:
            policies += 1
            layers = Layers(resource=one) if principals else Layers(identity=(one,))
            decisions += allowed(layers, draw, ALICE)
    assert policies > 100
    assert decisions > 20
