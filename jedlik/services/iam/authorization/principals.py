"""From an identity to a principal: the caller with all of their policies.

The administrator is the holder of the key that the server was started with: the account's root, in
IAM's terms. IAM user guide, "IAM identifiers" for the ARNs and ids, "AWS global condition context
keys" for a principal's condition keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from jedlik.auth.identity import Identity
from jedlik.auth.policy.compile import Policy, compile_policy
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.auth.policy.principals import Caller
from jedlik.auth.sessions import Session
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import UnrecognizedClientException
from jedlik.services.iam.managed_policies import PREFIX, TEXTS
from jedlik.services.iam.model import ACTIVE, Group, ManagedPolicy, Role, User
from jedlik.services.iam.store import Identities

ROLE_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:iam::\d{12}:role/(.{1,510}/)?([\w+=,.@-]{1,64})"
).fullmatch
"""Path (without the slash before it, or None) and name of a role, from its ARN. Both are bounded:
with any path, each of its slashes would be tried as the last one, in texts that callers choose."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `kind` is aws:PrincipalType's, `user_id` aws:userid's value.

    `session_policies` and `boundary` are None if they do not limit it.
    """

    caller: Caller
    kind: str
    user_id: str
    user_name: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session_policies: tuple[Policy, ...] | None = None
    session: Session | None = None

    @property
    def principal_arn(self) -> str:
        """aws:PrincipalArn: of a role's session, the role's ARN."""
        return self.caller.role_arn or self.caller.arn


def user_arn(user: User, account: str) -> str:
    """The ARN of a user."""
    return f"arn:aws:iam::{account}:user{user.path}{user.name}"


def group_arn(group: Group, account: str) -> str:
    """The ARN of a group."""
    return f"arn:aws:iam::{account}:group{group.path}{group.name}"


def role_arn(role: Role, account: str) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{account}:role{role.path}{role.name}"


def policy_arn(policy: ManagedPolicy, account: str) -> str:
    """The ARN of a managed policy."""
    return f"arn:aws:iam::{account}:policy{policy.path}{policy.name}"


def find_role(identities: Identities, arn: str) -> Role | None:
    """The role with that ARN, whatever its account. In policies its ARN is its `role_arn`."""
    match = ROLE_ARN(arn)
    role = None if match is None else identities.roles.get(match[2].lower())
    return role if match and role and (match[1] or "") == role.path[1:] else None


def own_role_arn(identities: Identities, arn: str, account: str) -> str:
    """A role's ARN as in policies, whatever the account and partition of `arn`, even if the role
    does not exist yet; any other ARN unchanged."""
    role, match = find_role(identities, arn), ROLE_ARN(arn)
    if role is not None:
        return role_arn(role, account)
    return arn if match is None else f"arn:aws:iam::{account}:role/{match[1] or ''}{match[2]}"


def find_policy(identities: Identities, arn: str, account: str) -> ManagedPolicy | None:
    """The account's own managed policy of that ARN."""
    policy = identities.policies.get(arn.rpartition("/")[2].lower())
    return policy if policy is not None and policy_arn(policy, account) == arn else None


def managed_text(identities: Identities, arn: str, account: str) -> str | None:
    """The text of a managed policy, the account's own or one of AWS's."""
    if arn.startswith(PREFIX):
        return TEXTS.get(arn)
    policy = find_policy(identities, arn, account)
    return None if policy is None else policy.text


_COMPILED: Final[BoundedCache[tuple[str, bool, bool, str], Policy]] = BoundedCache(64 * 1024 * 1024)
_POLICY_SIZE: Final = 32
"""Bytes that a compiled policy takes for each character of its text, as measured."""


def compiled(text: str, *, resource: bool = False, trust: bool = False, arn: str = "") -> Policy:
    """A stored policy, compiled; `arn` is a managed policy's. One that cannot be parsed allows
    nothing and denies everything."""
    policy = _COMPILED.get((text, resource, trust, arn))
    if policy is None:
        policy = _compile(text, resource=resource, trust=trust, arn=arn)
        _COMPILED.put((text, resource, trust, arn), policy, 1024 + _POLICY_SIZE * len(text))
    return policy


def is_compiled(text: str) -> bool:
    """Whether the compiled form of a resource's policy is known."""
    return _COMPILED.get((text, True, False, "")) is not None


def _compile(text: str, *, resource: bool, trust: bool, arn: str) -> Policy:
    try:
        return compile_policy(text, names_principals=resource, trust=trust, arn=arn)
    except MalformedPolicy:
        return _DENY_ALL


_DENY_ALL = compile_policy('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')


def root(account: str, session: Session | None = None) -> Principal:
    """The account's root."""
    caller = Caller(f"arn:aws:iam::{account}:root", account)
    return Principal(caller, "Account", account, session=session)


def principal_of(
    identities: Identities, identity: Identity, account: str, administrator: str | None
) -> Principal:
    """The principal of an authenticated identity.

    `administrator` is the access key of the account's root. Raises UnrecognizedClientException if
    the user or role is deleted, or the access key is deleted or deactivated: a connection to DAX is
    authenticated only every few minutes. The root's sessions end when it gets another access key.
    """
    session = identity.session
    if session is not None and session.federated is not None:
        vouching = replace(session, federated=None)
        whom = principal_of(identities, identity._replace(session=vouching), account, administrator)
        return _federated(whom, session, session.federated, account)
    if session is not None and session.role is not None:
        return _of_role(identities, session, account)
    if session is not None and session.user is not None:
        user = identities.user_of(*session.user)
        if user is None:
            raise UnrecognizedClientException
        return _of_user(identities, user, account, session)
    if session is not None and session.administrator is not None:
        if session.administrator != administrator:
            raise UnrecognizedClientException
        return root(account, session)
    if identity.access_key == administrator:
        return root(account)
    key = identities.access_keys.get(identity.access_key)
    owner = None if key is None else identities.users.get(key.user.lower())
    if key is None or key.status != ACTIVE or owner is None or session is not None:
        raise UnrecognizedClientException
    return _of_user(identities, owner, account, None)


def _of_user(
    identities: Identities, user: User, account: str, session: Session | None
) -> Principal:
    holders: list[User | Group] = [user, *identities.groups_of(user.name)]
    return Principal(
        Caller(user_arn(user, account), account),
        "User",
        user.id,
        user.name,
        {key.lower(): value for key, value in user.tags.items()},
        tuple(each for holder in holders for each in _policies(identities, holder, account)),
        _boundary(identities, user.boundary, account),
        session=session,
    )


def unlimited(principal: Principal) -> Principal:
    """The same caller with every permission."""
    return replace(principal, policies=_everything(), boundary=None, session_policies=None)


def _everything() -> tuple[Policy, ...]:
    return (compiled(TEXTS[f"{PREFIX}AdministratorAccess"]),)


def _federated(whom: Principal, session: Session, name: str, account: str) -> Principal:
    """A federated user: what both their session's policies and those of `whom`, who requested it,
    allow; nothing without such policies (IAM user guide, "Permissions for GetFederationToken")."""
    return Principal(
        Caller(f"arn:aws:sts::{account}:federated-user/{name}", account),
        "FederatedUser",
        f"{account}:{name}",
        None,
        {key.lower(): value for key, value in session.tags},
        _everything() if whom.caller.is_root else whom.policies,
        whom.boundary,
        tuple(map(compiled, session.policies or ())),
        session,
    )


def _of_role(identities: Identities, session: Session, account: str) -> Principal:
    assert session.role is not None
    name, role_id, session_name = session.role
    role = identities.roles.get(name.lower())
    if role is None or role.id != role_id:
        raise UnrecognizedClientException
    limits = session.policies
    return Principal(
        Caller(
            f"arn:aws:sts::{account}:assumed-role/{role.name}/{session_name}",
            account,
            role_arn(role, account),
        ),
        "AssumedRole",
        f"{role.id}:{session_name}",
        None,
        {key.lower(): value for key, value in (*role.tags.items(), *session.tags)},
        tuple(_policies(identities, role, account)),
        _boundary(identities, role.boundary, account),
        None if limits is None else tuple(map(compiled, limits)),
        session,
    )


def _policies(
    identities: Identities, holder: User | Group | Role, account: str
) -> Iterator[Policy]:
    yield from map(compiled, holder.inline.values())
    for arn in holder.attached:
        text = managed_text(identities, arn, account)
        if text is not None:
            yield compiled(text, arn=arn)


def _boundary(identities: Identities, arn: str | None, account: str) -> tuple[Policy, ...] | None:
    if arn is None:
        return None
    text = managed_text(identities, arn, account)
    return () if text is None else (compiled(text, arn=arn),)
