"""The identities of a store, as IAM's operations need them."""

from __future__ import annotations

from typing import Protocol

from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.kernel.arns import Arns
from jedlik.services.iam.access_key_last_used import KeyUses
from jedlik.services.iam.store import IdentityStore


class Directory(Protocol):
    """The identities of a store, when their access keys were used, and the store's time and ids."""

    identities: IdentityStore
    key_uses: KeyUses
    clock: Clock
    ids: Ids
    arns: Arns
