"""How many an account may have of each (IAM user guide, "IAM and AWS STS quotas"): as many as in
the service where no increase was asked for.

Every process holds all identities, and every change looks through them: those who may make users,
and nothing else, could hold up the server by making ever more.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Final

from jedlik.services.iam import errors

IN_ACCOUNT: Final = {"Users": 5000, "Groups": 300, "Roles": 1000, "Policies": 1500}
"""By what there are."""
GROUPS_OF_A_USER: Final = 10


def check_room(records: Sized, of: str) -> None:
    """Raise LimitExceeded unless there may be one more of the account's users, groups, ..."""
    if len(records) >= IN_ACCOUNT[of]:
        raise exceeded(f"{of}PerAccount", IN_ACCOUNT[of])


def exceeded(quota: str, most: int) -> errors.LimitExceeded:
    """The error of a quota."""
    return errors.LimitExceeded(f"Cannot exceed quota for {quota}: {most}")
