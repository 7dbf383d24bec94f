"""SimulateCustomPolicy, SimulatePrincipalPolicy and the condition keys that policies name.

IAM API reference, "SimulatePrincipalPolicy", "EvaluationResult": one result per action: for several
resources the most restrictive decision, and one for each of them.

None of this changes anything, and policies in a request may be far longer than those of identities:
so these actions are carried out in a thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.policy.evaluate import Decision
from jedlik.auth.policy.facts import Values
from jedlik.auth.policy.positions import Position
from jedlik.auth.policy.principals import Caller
from jedlik.auth.policy.simulation import Given, Matched, SimulatedDecision, Simulation, given
from jedlik.services.iam import errors
from jedlik.services.iam.authorization import principals
from jedlik.services.iam.managed_policies import PREFIX
from jedlik.services.iam.model import Group, Role, User
from jedlik.services.iam.operations.call import Answer, IdentityCall

MAX_EVALUATIONS: Final = 1000
"""Actions times resources of a call. The service documents no limit; more would delay others."""
MAX_STATEMENTS: Final = 20_000
"""That times the number of statements in all policies: about half a second."""
MAX_PATTERNS: Final = 2_000_000
"""The same with the actions, resources and values that the statements list, of which a text may
have thousands: about half a second."""
MAX_COMPILED: Final = 20_000
"""The patterns of all policies of a call, far more than an identity can have: about a second."""
MAX_TEXT: Final = 131_072

ALLOWED: Final = "allowed"
EXPLICIT_DENY: Final = "explicitDeny"
IMPLICIT_DENY: Final = "implicitDeny"
_MOST_RESTRICTIVE: Final = (EXPLICIT_DENY, IMPLICIT_DENY, ALLOWED)
_ACTION: Final = re.compile(r"[a-zA-Z0-9-]+:[a-zA-Z0-9]+").fullmatch
_ENTITY: Final = re.compile(
    r"arn:aws[a-z-]*:iam::\d{12}:(user|group|role)/(?:.*/)?([^/]+)"
).fullmatch
_TEMPLATES: Final = (
    (re.compile(r"arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]*").fullmatch, "table/${TableName}"),
    (
        re.compile(r"arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]*/index/.*").fullmatch,
        "table/${TableName}/index/${IndexName}",
    ),
    (
        re.compile(r"arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]*/stream/.*").fullmatch,
        "table/${TableName}/stream/${StreamLabel}",
    ),
)
"""Service Authorization Reference, "Resource types defined by Amazon DynamoDB"."""
_UNAVAILABLE: Final = ("PolicyExclusionList", "ResourceHandlingOption")


# --- Actions --------------------------------------------------------------------------------------


def simulate_custom_policy(call: IdentityCall) -> Answer:
    """SimulateCustomPolicy."""
    texts = call.listed("PolicyInputList")
    if not texts:
        raise errors.ValidationError("PolicyInputList must not be empty")
    return _simulated(call, _inputs(call, "PolicyInputList"), None, None)


def simulate_principal_policy(call: IdentityCall) -> Answer:
    """SimulatePrincipalPolicy."""
    holder, kind = _holder(call)
    identity = [*_of_holder(call, holder, kind), *_inputs(call, "PolicyInputList")]
    boundary = None if isinstance(holder, Group) else holder.boundary
    attached = None
    if boundary is not None:
        text = principals.managed_text(call.identities, boundary, call.account)
        attached = [] if text is None else [_managed(boundary, text)]
    caller = None
    if isinstance(holder, User):
        caller = principals.user_arn(holder, call.account)
    return _simulated(call, identity, attached, caller)


def get_context_keys_for_custom_policy(call: IdentityCall) -> Answer:
    """GetContextKeysForCustomPolicy."""
    return _context_keys(_inputs(call, "PolicyInputList"))


def get_context_keys_for_principal_policy(call: IdentityCall) -> Answer:
    """GetContextKeysForPrincipalPolicy."""
    attached = _of_holder(call, *_holder(call))
    return _context_keys([*attached, *_inputs(call, "PolicyInputList")])


def _context_keys(policies: Iterable[Given]) -> Answer:
    return {"ContextKeyNames": list(dict.fromkeys(key for each in policies for key in each.keys))}


def _simulated(
    call: IdentityCall,
    identity: Sequence[Given],
    attached: Sequence[Given] | None,
    caller: str | None,
) -> Answer:
    call.refuse(*_UNAVAILABLE)
    _check_owner(call)
    given_boundary = _inputs(call, "PermissionsBoundaryPolicyInputList")
    if len(given_boundary) > 1:
        raise errors.InvalidInput("Only one permissions boundary can be given.")
    simulation = Simulation(
        identity,
        given_boundary or attached,
        _resource_policy(call),
        _caller(call, caller),
        _values(call),
    )
    actions = [_checked_action(action) for action in call.listed("ActionNames")]
    if not actions:
        raise errors.ValidationError("ActionNames must not be empty")
    resources = [str(each) for each in call.listed("ResourceArns")] or ["*"]
    evaluations = len(actions) * len(resources)
    if (
        evaluations > MAX_EVALUATIONS
        or evaluations * simulation.statements > MAX_STATEMENTS
        or evaluations * simulation.patterns > MAX_PATTERNS
    ):
        raise errors.InvalidInput(
            f"One call simulates up to {MAX_EVALUATIONS} combinations of actions and resources, "
            f"{MAX_STATEMENTS} of those and the policies' statements, and {MAX_PATTERNS} of those "
            "and all that the statements list."
        )
    return call.page(
        "EvaluationResults",
        list(enumerate(actions)),
        lambda numbered: _result(simulation, numbered[1], resources),
        lambda numbered: f"{numbered[0]:06d}",
    )


def _result(simulation: Simulation, action: str, resources: Sequence[str]) -> Answer:
    outcomes = [simulation.outcome(action, resource) for resource in resources]
    word = min((_word(each.decision) for each in outcomes), key=_MOST_RESTRICTIVE.index)
    determining = [each for each in outcomes if _word(each.decision) == word]
    matched = dict.fromkeys(_place(found) for each in determining for found in each.matched)
    single = list(resources) == ["*"]
    bounded = [each.bounded for each in outcomes if each.bounded is not None]
    result: Answer = {
        "EvalActionName": action,
        "EvalResourceName": "*" if single else _template(resources[0]),
        "EvalDecision": word,
        "MatchedStatements": list(map(_statement, matched)),
        "MissingContextValues": outcomes[0].missing if single else [],
        **_boundary_detail(all(bounded) if bounded else None),
    }
    if not single:
        result["ResourceSpecificResults"] = [
            _of_resource(resource, each) for resource, each in zip(resources, outcomes, strict=True)
        ]
    return result


def _of_resource(resource: str, outcome: SimulatedDecision) -> Answer:
    return {
        "EvalResourceName": resource,
        "EvalResourceDecision": _word(outcome.decision),
        "MatchedStatements": [_statement(_place(each)) for each in outcome.matched],
        "MissingContextValues": outcome.missing,
        **_boundary_detail(outcome.bounded),
    }


def _word(decision: Decision) -> str:
    if decision.allowed:
        return ALLOWED
    return EXPLICIT_DENY if decision.explicit else IMPLICIT_DENY


_Place = tuple[str, str, Position, Position]


def _place(found: Matched) -> _Place:
    return found.policy.name, found.policy.kind, *found.span


def _statement(place: _Place) -> Answer:
    name, kind, start, end = place
    return {
        "SourcePolicyId": name,
        "SourcePolicyType": kind,
        "StartPosition": {"Line": start.line, "Column": start.column},
        "EndPosition": {"Line": end.line, "Column": end.column},
    }


def _boundary_detail(allowed: bool | None) -> Answer:
    if allowed is None:
        return {}
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": allowed}}


def _template(resource: str) -> str:
    for matches, template in _TEMPLATES:
        if matches(resource):
            return f"arn:${{Partition}}:dynamodb:${{Region}}:${{Account}}:{template}"
    return "*"


# --- Parameters -----------------------------------------------------------------------------------


def _given(name: str, kind: str, text: Any) -> Given:
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
        raise errors.InvalidInput(f"{name} is not a policy of up to {MAX_TEXT} characters.")
    try:
        return given(name, kind, text, of_resource=kind == "resource")
    except MalformedPolicy as error:
        raise errors.InvalidInput(f"{name}: {error}") from None


def _inputs(call: IdentityCall, name: str) -> list[Given]:
    found: list[Given] = []
    patterns = 0
    for place, text in enumerate(call.listed(name), 1):
        found.append(_given(f"{name}.{place}", "none", text))
        patterns += found[-1].patterns
        if patterns > MAX_COMPILED:
            raise errors.InvalidInput(
                f"The policies of {name} list more than {MAX_COMPILED} actions, resources and "
                "values."
            )
    return found


def _managed(arn: str, text: str) -> Given:
    kind = "aws-managed" if arn.startswith(PREFIX) else "user-managed"
    return _given(arn.rpartition("/")[2], kind, text)


def _holder(call: IdentityCall) -> tuple[User | Group | Role, str]:
    """The user, group or role that PolicySourceArn names, and its kind."""
    arn = call.text("PolicySourceArn")
    match = _ENTITY(arn)
    if match is None:
        raise errors.InvalidInput(
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        )
    kind, name = match[1], match[2].lower()
    account, identities = call.account, call.identities
    arn_of: Callable[[Any], str] = {
        "user": lambda user: principals.user_arn(user, account),
        "group": lambda group: principals.group_arn(group, account),
        "role": lambda role: principals.role_arn(role, account),
    }[kind]
    holders: dict[str, Any] = getattr(identities, f"{kind}s")
    holder = holders.get(name)
    if holder is None or arn_of(holder) != arn:
        raise errors.NoSuchEntity(f"The {kind} with name {match[2]} cannot be found.")
    return holder, kind


def _of_holder(call: IdentityCall, holder: User | Group | Role, kind: str) -> list[Given]:
    """All policies of a user, group or role, and of the groups that a user is in."""
    found = [_given(name, kind, text) for name, text in holder.inline.items()]
    for arn in holder.attached:
        text = principals.managed_text(call.identities, arn, call.account)
        if text is not None:
            found.append(_managed(arn, text))
    if isinstance(holder, User):
        for group in call.identities.groups_of(holder.name):
            found += _of_holder(call, group, "group")
    return found


def _caller(call: IdentityCall, own: str | None) -> Caller:
    """The simulated caller: it matters only for resource policies, and they need a user."""
    arn = call.optional("CallerArn") or own
    if arn is None:
        if call.parameters.get("ResourcePolicy"):
            raise errors.InvalidInput("A ResourcePolicy needs CallerArn, the ARN of a user.")
        return Caller("", call.account)
    match = _ENTITY(arn)
    if match is None or match[1] != "user":
        raise errors.InvalidInput(f"CallerArn must be the ARN of a user: {arn}")
    return Caller(arn, call.account)


def _resource_policy(call: IdentityCall) -> Given | None:
    text = call.optional("ResourcePolicy")
    return _given("ResourcePolicy", "resource", text) if text else None


def _check_owner(call: IdentityCall) -> None:
    owner = call.optional("ResourceOwner")
    if owner not in ("", call.account, f"arn:aws:iam::{call.account}:root"):
        raise errors.InvalidInput(f"ResourceOwner must be this account, {call.account}.")


def _checked_action(action: Any) -> str:
    if not isinstance(action, str) or not _ACTION(action):
        raise errors.InvalidInput(f"Invalid action name: {action}")
    return action


def _values(call: IdentityCall) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for entry in call.listed("ContextEntries"):
        name = entry.get("ContextKeyName") if isinstance(entry, dict) else None
        if not isinstance(name, str) or ":" not in name:
            raise errors.InvalidInput("A context entry has no ContextKeyName like aws:SourceIp.")
        values = entry.get("ContextKeyValues")
        found[name.lower()] = tuple(map(str, values)) if isinstance(values, list) else ()
    return found
