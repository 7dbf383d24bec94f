"""The principals that key policies and grants may name.

Accounts, users, roles, sessions of roles and federated users, and in grants services too; no groups
(KMS developer guide, "Creating a key policy", element Principal; API reference, "CreateGrant").
"""

from __future__ import annotations

import re
from typing import Final

from jedlik.auth.policy.document import PolicyText

_PRINCIPAL: Final = re.compile(
    r"[0-9]{12}|"
    r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|(user|role)/[\w+=,.@/-]+)|"
    r"arn:aws[a-z-]*:sts::[0-9]{12}:(assumed-role|federated-user)/[\w+=,.@/-]+"
).fullmatch
_SERVICE: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?").fullmatch


def may_have_grants(principal: str) -> bool:
    """Whether a text is a principal that a grant may name."""
    return bool(_PRINCIPAL(principal) or _SERVICE(principal))


def names_principals(policy: PolicyText) -> bool:
    """Whether all names in a key policy's statements are valid principals."""
    return all(
        kind != "AWS" or _PRINCIPAL(name)
        for statement in policy.statements
        for kind, name in statement.principals or ()
    )
