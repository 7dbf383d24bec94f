"""The identities in a region other than the home region.

Users, roles and policies belong to the account and are stored once, in the home region's store.
Resource policies belong to tables, and so to the region. A region's snapshot combines both. Its
catalog's version changes with either: a change of identities changes the versions of all regions in
the same commit (see `store`), so a region's processes detect it like any other change.
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
        self.secrets = home.secrets
        self._home = home
        self._shared = self._own = Identities()

    def seal(self) -> Seal | None:
        """See `IdentityStore.seal`."""
        return self._home.seal()

    async def ensure_key(self) -> Seal:
        """See `IdentityStore.ensure_key`."""
        return await self._home.ensure_key()

    async def refresh(self) -> Identities:
        """The current identities."""
        # The catalog's version first: any later change in the account changes it.
        keys = (ks.CATALOG_VERSION, ks.IDENTITIES_VERSION)
        catalog, version = await self._engine().read(keys)
        own = self._own
        if version != own.version:
            async with self._one_reader:
                own, catalog = await self._newer(self._own)
        shared = await self._home.refresh()
        if own is not self._own or shared is not self._shared:
            self._own, self._shared = own, shared
            self.now = replace(shared, resource_policies=own.resource_policies, version=own.version)
        self._catalog.move_to(catalog)
        self.checked_at = catalog
        return self.now
