"""Who a caller is, and whether a policy's Principal or NotPrincipal matches them.

A caller has several names: a session of a role is that session, the role, and the account. The name
in a resource policy decides which other policies must allow (IAM user guide, "Policy evaluation
logic", "resource-based policies"):

    SELF      a user's or a session's own ARN, or everyone: no other policy needs to allow
    ROLE      the ARN of the session's role: boundary and session policy still limit it
    ACCOUNT   the account: it only lets the account's own policies decide
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SELF: Final = 3
ROLE: Final = 2
ACCOUNT: Final = 1
NO_ONE: Final = 0

_ACCOUNT: Final = re.compile(r"\d{12}").fullmatch


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `arn` is a user's, the account's root's or a role session's; `role_arn` is None
    except for a session of a role. For an AWS service, `service` is its principal's name
    (`lambda.amazonaws.com`); it belongs to no account."""

    arn: str
    account: str
    role_arn: str | None = None
    service: str | None = None

    @property
    def is_root(self) -> bool:
        """Whether this is the account itself, which only a policy's Deny can refuse."""
        return self.arn == f"arn:aws:iam::{self.account}:root"

    def names(self) -> dict[tuple[str, str], int]:
        """All names of this caller in policies, with SELF, ROLE or ACCOUNT."""
        if self.service is not None:
            return {("*", "*"): SELF, ("Service", self.service): SELF}
        found = {
            ("*", "*"): SELF,
            ("AWS", self.account): ACCOUNT,
            ("AWS", f"arn:aws:iam::{self.account}:root"): ACCOUNT,
            ("AWS", self.arn): SELF,
        }
        if self.role_arn is not None:
            found["AWS", self.role_arn] = ROLE
        return found


Named = Callable[[Caller], int]
"""SELF, ROLE, ACCOUNT or NO_ONE."""


def compile_principals(
    principals: tuple[tuple[str, str], ...] | None, *, negated: bool, deny: bool
) -> Named | None:
    """Returns how a statement names a caller; None if it names no principals at all."""
    if principals is None:
        return None
    listed = frozenset(principals)
    if not negated:
        return lambda caller: max(
            (amount for name, amount in caller.names().items() if name in listed), default=NO_ONE
        )

    def excepted(caller: Caller) -> int:
        # A Deny applies unless every name of the caller is excepted, including the account's if it
        # has one; an Allow applies unless any is: both are the cautious reading.
        if ("*", "*") in listed:
            return NO_ONE
        own = [name for name in caller.names() if name[0] != "*"]
        roots = [name for name in own if name[1] in (caller.account, _root(caller))]
        others = [name for name in own if name not in roots]
        account_listed = any(name in listed for name in roots)
        if deny:
            excused = account_listed or not roots
            return NO_ONE if excused and all(name in listed for name in others) else SELF
        return NO_ONE if account_listed or any(name in listed for name in others) else SELF

    return excepted


def _root(caller: Caller) -> str:
    return f"arn:aws:iam::{caller.account}:root"
