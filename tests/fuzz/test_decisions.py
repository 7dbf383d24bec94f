"""Compiled decisions compared with plain ones, on random policies and requests.

The plain ones read each statement of each policy for each request, with nothing prepared or cached,
as the manual describes it. IAM user guide, "Policy evaluation logic", "Condition operators",
"Variables and tags".
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.evaluate import (
    BOUNDARY,
    ENDPOINT,
    IDENTITY,
    RESOURCE,
    SESSION,
    Decision,
    Layers,
)
from jedlik.auth.policy.principals import Caller
from tests.properties import examples
from tests.unit.auth.policy.deciding import ACCOUNT, ALICE, ROLE_ARN, ROOT, TABLE, decide
from tests.unit.auth.policy.deciding import SESSION as ROLE_SESSION

Document = dict[str, Any]
Facts = Mapping[str, Sequence[str]]

ACTIONS = ("dynamodb:GetItem", "dynamodb:getitem", "*", "dynamodb:Get*", "dynamodb:?utItem", "s3:*")
RESOURCES = (
    "*", TABLE, f"{TABLE}*", f"{TABLE}/index/*", "arn:aws:dynamodb:*:*:table/Mus*",
    "arn:aws:dynamodb:*:*:*Music", "arn:aws:dynamodb:*:*:table/${aws:username}",
    "arn:aws:dynamodb:*:*:table/${aws:UserAgent}*", "arn:aws:dynamodb:us-east-?:*:*/M?s?c",
    "arn:aws:dynamodb:*:*:${aws:Referer, 'table'}/*",
)  # fmt: skip
ASKED = (TABLE, f"{TABLE}/index/by", "arn:aws:dynamodb:us-east-1:000000000000:table/alice")
KEYS = (
    "aws:username",
    "aws:UserAgent",
    "aws:Referer",
    "dynamodb:LeadingKeys",
    "aws:PrincipalTag/x",
)
VALUES = ("alice", "Music", "ALICE", "table", "a*", "", "alice-1", "12", "3.5", "true", "10.0.0.1")
TESTED = (*VALUES, "${aws:username}", "${aws:UserAgent}-?", "*${aws:Referer, 'i'}*", "al*e", "?*")
OPERATORS = (
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
    "StringLike", "StringNotLike", "NumericLessThan", "NumericNotEquals", "Bool",
)  # fmt: skip
PRINCIPALS: tuple[Any, ...] = (
    "*", {"AWS": ALICE.arn}, {"AWS": ROLE_ARN}, {"AWS": ACCOUNT},
    {"AWS": [ROLE_SESSION.arn, ROOT.arn]},
)  # fmt: skip
SHARES = {IDENTITY: 0.9, RESOURCE: 0.4, BOUNDARY: 0.3, SESSION: 0.3, ENDPOINT: 0.2}
ORDER = (SESSION, BOUNDARY, ENDPOINT, RESOURCE, IDENTITY)


# --- Random policies ------------------------------------------------------------------------------


def document(draw: random.Random, *, principals: bool) -> Document:
    def some(of: Sequence[str], most: int) -> list[str]:
        return draw.sample(of, draw.randint(1, most))

    def one() -> Document:
        made: Document = {
            "Effect": draw.choice(("Allow", "Allow", "Deny")),
            draw.choice(("Action", "Action", "NotAction")): some(ACTIONS, 2),
            draw.choice(("Resource", "Resource", "NotResource")): some(RESOURCES, 2),
        }
        if principals:
            made["Principal"] = draw.choice(PRINCIPALS)
        if draw.random() < 0.7:
            made["Condition"] = {
                operator(draw): {draw.choice(KEYS): some(TESTED, 3)}
                for _ in range(draw.randint(1, 2))
            }
            if draw.random() < 0.2:
                made["Condition"]["Null"] = {draw.choice(KEYS): draw.choice(("true", "false"))}
        return made

    version = draw.choice(("2012-10-17", "2012-10-17", "2008-10-17"))
    return {"Version": version, "Statement": [one() for _ in range(draw.randint(1, 3))]}


def operator(draw: random.Random) -> str:
    start = draw.choice(("", "", "ForAllValues:", "ForAnyValue:"))
    return f"{start}{draw.choice(OPERATORS)}{draw.choice(('', '', 'IfExists'))}"


# --- Plain decisions ------------------------------------------------------------------------------

Letters = list[tuple[str, bool]]
"""A pattern: characters, and whether each may be a wildcard."""


def letters(text: str, facts: Facts, *, variables: bool) -> Letters | None:
    """A pattern with the values of its variables; None if one has no value."""
    found: Letters = []
    while variables and "${" in text:
        start, _, rest = text.partition("${")
        inner, _, text = rest.partition("}")
        key, _, default = inner.partition(", ")
        values = facts.get(key.lower())
        found += [(char, True) for char in start]
        if values and len(values) == 1 and values[0]:
            found += [(char, False) for char in values[0]]
        elif default and not values:
            found += [(char, False) for char in default.strip("'")]
        else:
            return None
    return found + [(char, True) for char in text]


def fits(pattern: Letters | None, text: str, *, arn: bool = False) -> bool:
    """Whether a pattern matches, by trying every length for every star."""
    if pattern is None:
        return False
    if not pattern:
        return not text
    (char, wild), rest = pattern[0], pattern[1:]
    if wild and char == "*":
        while rest and rest[0] == ("*", True):
            rest = rest[1:]
        crosses = not arn or not rest or rest[0][0] == ":"
        for size in range(len(text) + 1):
            if not crosses and ":" in text[:size]:
                return False
            if fits(rest, text[size:], arn=arn):
                return True
        return False
    if not text:
        return False
    if wild and char == "?":
        return not (arn and text[0] == ":") and fits(rest, text[1:], arn=arn)
    return text[0] == char and fits(rest, text[1:], arn=arn)


class Reading(NamedTuple):
    """One statement, read for one request."""

    statement: Document
    facts: Facts
    variables: bool

    def applies(self, action: str, resource: str) -> bool:
        statement = self.statement
        of_action = any(
            fits([(char.lower(), True) for char in each], action.lower())
            for each in statement.get("Action") or statement["NotAction"]
        )
        of_resource = any(
            fits(letters(each, self.facts, variables=self.variables), resource, arn=True)
            for each in statement.get("Resource") or statement["NotResource"]
        )
        return (
            of_action is ("Action" in statement)
            and of_resource is ("Resource" in statement)
            and all(
                self.holds(name, key, [values] if isinstance(values, str) else values)
                for name, keys in statement.get("Condition", {}).items()
                for key, values in keys.items()
            )
        )

    def holds(self, name: str, key: str, wanted: list[str]) -> bool:
        values = self.facts.get(key.lower()) or ()
        if name == "Null":
            return ("false" if values else "true") in wanted
        quantifier, _, plain = name.rpartition(":")
        if_exists = plain.endswith("IfExists")
        plain = plain.removesuffix("IfExists")
        negated = "Not" in plain
        if not values:
            return quantifier == "ForAllValues" or if_exists or (negated and not quantifier)
        good = [
            any(self.compares(plain.replace("Not", ""), each, value) for each in wanted)
            is not negated
            for value in values
        ]
        every = quantifier == "ForAllValues" or (negated and not quantifier)
        return all(good) if every else any(good)

    def compares(self, name: str, wanted: str, value: str) -> bool:
        if name.startswith("Numeric"):
            try:
                left, right = float(value), float(wanted)
            except ValueError:
                return False
            return left == right if name == "NumericEquals" else left < right
        if name == "Bool":
            return wanted.lower() in ("true", "false") and value.lower() == wanted.lower()
        pattern = letters(wanted, self.facts, variables=self.variables)
        if name == "StringLike":
            return fits(pattern, value)
        if pattern is None:
            return False
        text = "".join(char for char, _ in pattern)
        if name == "StringEqualsIgnoreCase":
            return text.lower() == value.lower()
        return text == value


SELF, OF_ROLE, OF_ACCOUNT, NO_ONE = 3, 2, 1, 0


def naming(statement: Document, caller: Caller) -> int:
    """How closely a statement of a resource's policy names the caller."""
    principal = statement.get("Principal", "*")
    listed = ["*"] if principal == "*" else principal["AWS"]
    names = [listed] if isinstance(listed, str) else listed
    if "*" in names or (caller.arn in names and not caller.is_root):
        return SELF
    if caller.role_arn in names:
        return OF_ROLE
    if ACCOUNT in names or f"arn:aws:iam::{ACCOUNT}:root" in names:
        # The root is the account, which its own ARN names as closely as can be.
        return SELF if caller.is_root and ROOT.arn in names else OF_ACCOUNT
    return NO_ONE


def plain(
    layers: Mapping[str, Document | None],
    facts: Facts,
    action: str,
    resource: str,
    caller: Caller,
) -> Decision:
    """The decision, by reading all policies."""
    applying: dict[str, list[tuple[str, int]]] = {}
    for kind, whole in layers.items():
        if whole is None:
            continue
        variables = whole["Version"] == "2012-10-17"
        applying[kind] = [
            (each["Effect"], naming(each, caller))
            for each in whole["Statement"]
            if naming(each, caller) and Reading(each, facts, variables).applies(action, resource)
        ]

    def allows(kind: str, least: int = OF_ACCOUNT) -> bool:
        return any(effect == "Allow" and by >= least for effect, by in applying.get(kind, ()))

    for kind in ORDER:
        if any(effect == "Deny" for effect, _ in applying.get(kind, ())):
            return Decision(False, True, kind)
    if ENDPOINT in applying and not allows(ENDPOINT):
        return Decision(False, False, ENDPOINT)
    if allows(RESOURCE, SELF):
        return Decision(True)
    if not (caller.is_root or allows(IDENTITY) or allows(RESOURCE, OF_ROLE)):
        return Decision(False, False, IDENTITY)
    for kind in (BOUNDARY, SESSION):
        if kind in applying and not allows(kind):
            return Decision(False, False, kind)
    return Decision(True)


# --- Both -----------------------------------------------------------------------------------------


def compiled(whole: Document | None, *, principals: bool = False) -> tuple[Policy, ...] | None:
    if whole is None:
        return None
    return (compile_policy(json.dumps(whole), names_principals=principals),)


@examples(2000)
@given(seed=st.integers(0, 2**40))
def test_compiled_decisions_are_the_plain_ones(seed: int) -> None:
    draw = random.Random(seed)
    layers: dict[str, Document | None] = {
        kind: document(draw, principals=kind == RESOURCE) if draw.random() < share else None
        for kind, share in SHARES.items()
    }
    own = compiled(layers[RESOURCE], principals=True)
    prepared = Layers(
        compiled(layers[IDENTITY]) or (),
        None if own is None else own[0],
        *(compiled(layers[kind]) for kind in (BOUNDARY, SESSION, ENDPOINT)),
    )
    for _ in range(6):
        facts = {
            key: tuple(draw.choices(VALUES, k=draw.choice((0, 1, 1, 1, 2))))
            for key in draw.sample(KEYS, draw.randint(0, len(KEYS)))
        }
        lowered = {key.lower(): values for key, values in facts.items()}
        action = draw.choice(("dynamodb:GetItem", "dynamodb:PutItem"))
        resource = draw.choice(ASKED)
        caller = draw.choice((ALICE, ALICE, ROLE_SESSION, ROOT))
        expected = plain(layers, lowered, action, resource, caller)
        assert decide(prepared, facts, action=action, on=resource, caller=caller) == expected, (
            json.dumps(layers), facts, action, resource, caller,
        )  # fmt: skip


def test_both_outcomes_are_common() -> None:
    """Otherwise the random cases would test little."""
    draw = random.Random(7)
    outcomes = [
        plain({IDENTITY: document(draw, principals=False)}, {}, "dynamodb:GetItem", TABLE, ALICE)
        for _ in range(300)
    ]
    assert sum(each.allowed for each in outcomes) > 30
    assert sum(each.explicit for each in outcomes) > 30
