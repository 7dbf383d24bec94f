"""A key of the key service, as it is stored: JSON, with key material in base64."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

ENABLED: Final = "Enabled"
DISABLED: Final = "Disabled"
PENDING_DELETION: Final = "PendingDeletion"


@dataclass(frozen=True, slots=True)
class Material:
    """One generation of a key's material; messages name it by its place in the key's list."""

    secret: str
    created: float
    on_demand: bool = False

    @property
    def bytes(self) -> bytes:
        """The material itself."""
        return b64decode(self.secret)


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A symmetric key. Times are in seconds since the epoch.

    `deletion` is the time of its deletion, `rotation_days` the days between replacements of its
    material; None for never. The last of `materials` is in use. `grants` are in wire form.
    `unusable_since` is when it stopped being enabled. An `aws_managed` key belongs to the service
    that made it, and no one else may change it.
    """

    id: str
    created: float
    policy: str
    description: str = ""
    enabled: bool = True
    deletion: float | None = None
    rotation_days: int | None = None
    materials: tuple[Material, ...] = field(default=(), repr=False)
    tags: dict[str, str] = field(default_factory=dict)
    grants: tuple[dict[str, Any], ...] = ()
    unusable_since: float | None = None
    aws_managed: bool = False

    def material_id(self, number: int = -1) -> str:
        """What a generation of its material is called, the last one by default; says nothing about
        the material itself."""
        place = range(len(self.materials))[number]
        return sha256(f"{self.id}/{place}".encode()).hexdigest()

    @property
    def usable(self) -> bool:
        """Whether it may encrypt and decrypt."""
        return self.state == ENABLED

    @property
    def state(self) -> str:
        """The key's state, in the service's words."""
        if self.deletion is not None:
            return PENDING_DELETION
        return ENABLED if self.enabled else DISABLED


def encryption_key_from_json(stored: dict[str, Any]) -> EncryptionKey:
    """A key from its stored JSON."""
    materials = tuple(Material(**material) for material in stored.pop("materials"))
    grants = tuple(stored.pop("grants"))
    return EncryptionKey(**stored, materials=materials, grants=grants)
