"""Users, groups, roles, policies and keys as stored. Plain data.

Names of members are IAM's own, in Python's spelling. Times are seconds since the epoch. Policies
are stored as the texts that were sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

ACTIVE: Final = "Active"
INACTIVE: Final = "Inactive"


@dataclass(frozen=True, slots=True)
class Holder:
    """What users, groups and roles have in common: a name, and policies inline and attached.

    `inline` are texts by name, `attached` ARNs of managed policies.
    """

    name: str
    id: str
    path: str
    created: float
    inline: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class User(Holder):
    """A user. `boundary` is the ARN of the managed policy that limits what they may do."""

    tags: dict[str, str] = field(default_factory=dict)
    boundary: str | None = None


@dataclass(frozen=True, slots=True)
class Group(Holder):
    """A group; `users` are the names of its members."""

    users: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Role(Holder):
    """A role; `trust` is the policy for who may assume it, `longest_session` in seconds."""

    trust: str = ""
    description: str = ""
    longest_session: int = 3600
    tags: dict[str, str] = field(default_factory=dict)
    boundary: str | None = None


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy. `versions` are text and time of creation by version id (`v1`), in the
    order in which they were made."""

    name: str
    id: str
    path: str
    created: float
    updated: float
    default: str
    versions: dict[str, tuple[str, float]]
    last_version: int = 1
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text of the default version."""
        return self.versions[self.default][0]


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of a user; `sealed` is its secret in base64 of its sealed form."""

    id: str
    user: str
    status: str
    created: float
    sealed: str


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A use of an access key: its time, and the service and region it was signed for."""

    when: float
    service: str
    region: str


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """A resource's policy and the id of its revision."""

    text: str
    revision: str


Record = User | Group | Role | ManagedPolicy | AccessKey | ResourcePolicy


def changed(record: Any, **members: Any) -> Any:
    """The record with other members."""
    kept = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return type(record)(**{**kept, **members})
