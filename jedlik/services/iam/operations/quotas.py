"""Quotas of an account (IAM user guide, "IAM and AWS STS quotas"): the service's, without an
increase.

Every process holds all identities, and every change scans them: without quotas, callers with
permission to create users could slow the server down by creating more and more.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Final

from jedlik.services.iam import errors

IN_ACCOUNT: Final = {"Users": 5000, "Groups": 300, "Roles": 1000, "Policies": 1500}
"""By kind of entity."""
GROUPS_OF_A_USER: Final = 10


def check_room(records: Sized, of: str) -> None:
    """Raise LimitExceeded unless the account may have one more user, group, ..."""
    if len(records) >= IN_ACCOUNT[of]:
        raise exceeded(f"{of}PerAccount", IN_ACCOUNT[of])


def exceeded(quota: str, most: int) -> errors.LimitExceeded:
    """The error for a reached quota."""
    return errors.LimitExceeded(f"Cannot exceed quota for {quota}: {most}")


def policy_size(text: str) -> int:
    """The size of a policy, of which white space is no part."""
    return sum(map(len, text.split()))
