"""The identities as a region besides the home region sees them.

Users, roles and policies are the account's, and there is one set of them, in the home region's
store. Resource policies belong to tables, and so to the region. A region's snapshot is both put
together. Its catalog's version moves with either: a change of identities moves the versions of
all regions in the same commit (see `store`), so a region's process finds them changed as it finds
everything else changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jedlik.base.ids import Ids
from jedlik.crypto.secret_box import Seal
from jedlik.kernel import keyspaces as ks
from jedlik.kernel.catalog_version import CatalogVersion
from jedlik.services.iam.store import Identities, IdentityStore
from jedlik.storage.engine import Engine


class RegionalIdentities(IdentityStore):
    """The identities of `home`, and the resource policies of a region's own store."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        catalog: CatalogVersion,
        ids: Ids,
        home: IdentityStore,
    ) -> None:
        super().__init__(engine, catalog, ids)
        self._home = home
        self._shared = self._own = Identities()

    def seal(self) -> Seal | None:
        """See `IdentityStore.seal`."""
        return self._home.seal()

    def secret(self, access_key: str) -> str | None:
        """See `IdentityStore.secret`."""
        return self._home.secret(access_key)

    async def ensure_key(self) -> Seal:
        """See `IdentityStore.ensure_key`."""
        return await self._home.ensure_key()

    async def refresh(self) -> Identities:
        """The identities as they are now."""
        # The catalog's version first: what changes in the account from here on moves it.
        keys = (ks.CATALOG_VERSION, ks.IDENTITIES_VERSION)
        catalog, version = await self._engine().read(keys)
        own = self._own
        if version != own.version:
            own, catalog = await self._read()
        shared = await self._home.refresh()
        if own is not self._own or shared is not self._shared:
            self._own, self._shared = own, shared
            self.now = replace(shared, resource_policies=own.resource_policies, version=own.version)
        self._catalog.move_to(catalog)
        self.checked_at = catalog
        return self.now
