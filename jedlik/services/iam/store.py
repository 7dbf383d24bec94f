"""The identities: one snapshot of all of them in every process, never stale.

There are few of them and every request needs some, so a process caches all of them at one version.
A change of the identities changes the catalog's version too, and every read and write of items sees
that version in its own snapshot (see `catalog`): a request that was allowed by outdated identities
finds the catalog changed and is retried. So a new policy takes effect immediately on every worker,
and costs requests nothing while it stays unchanged.

A change is decided on the whole snapshot and written only if there was no other change since.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

import orjson

from jedlik.auth.identity import DEFAULT_ACCOUNT
from jedlik.auth.secret_keys import SecretKeys
from jedlik.base.ids import Ids
from jedlik.base.turns import Turns
from jedlik.crypto.secret_box import KEY_SIZE, Seal
from jedlik.kernel import keyspaces as ks
from jedlik.kernel.catalog_version import CatalogVersion, next_version
from jedlik.kernel.realms import Realm
from jedlik.services.iam import model
from jedlik.services.iam.identity_changes import changed_since, with_change
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.values.keybytes import successor

ResultT = TypeVar("ResultT")

_PAGE: Final = 1000
_UNREAD: Final = b"unread"


@dataclass(slots=True)
class Identities:
    """All identities at one version. By name in lower case: IAM's names ignore case."""

    users: dict[str, model.User] = field(default_factory=dict)
    groups: dict[str, model.Group] = field(default_factory=dict)
    roles: dict[str, model.Role] = field(default_factory=dict)
    policies: dict[str, model.ManagedPolicy] = field(default_factory=dict)
    access_keys: dict[str, model.AccessKey] = field(default_factory=dict)
    resource_policies: dict[int, model.ResourcePolicy] = field(default_factory=dict)
    """By the id of the table or stream."""
    regions: tuple[str, ...] = ()
    """The regions besides the home region whose catalogs change with the identities."""
    closed: bool = False
    """Whether requests must be signed by one of these identities."""
    sealing_key: bytes | None = None
    version: Value = _UNREAD
    _groups_of: dict[str, list[model.Group]] | None = field(default=None, compare=False, repr=False)
    """By the name of a member: what `groups_of` returns, made when it is first asked for."""

    def user_of(self, name: str, user_id: str) -> model.User | None:
        """The user with that id, who was once called `name` and may have a new name."""
        user = self.users.get(name.lower())
        if user is not None and user.id == user_id:
            return user
        return next((user for user in self.users.values() if user.id == user_id), None)

    def groups_of(self, user: str) -> Sequence[model.Group]:
        """The groups that a user is in."""
        found = self._groups_of
        if found is None:
            found = {}
            for group in self.groups.values():
                for member in dict.fromkeys(group.users):
                    found.setdefault(member, []).append(group)
            # Only now that it is whole: simulations ask for it in a thread, and with a part of it
            # the loop would decide without the policies of the other groups.
            self._groups_of = found
        return found.get(user, [])

    def keys_of(self, user: str) -> list[model.AccessKey]:
        """A user's access keys, the oldest first."""
        keys = [key for key in self.access_keys.values() if key.user == user]
        return sorted(keys, key=lambda key: (key.created, key.id))


class Draft:
    """The puts and removals of one change of the identities."""

    def __init__(self) -> None:
        self.values: dict[bytes, Value] = {}

    def put(self, record: model.Record) -> None:
        """Create or replace an identity."""
        self.values[key_of(record)] = orjson.dumps(record)

    def remove(self, record: model.Record) -> None:
        """Remove an identity; for an access key, its last use too."""
        self.values[key_of(record)] = None
        if isinstance(record, model.AccessKey):
            self.values[ks.key_use_key(record.id)] = None

    def put_resource_policy(self, resource: int, policy: model.ResourcePolicy | None) -> None:
        """Set or remove the policy of a table or stream, by its id."""
        stored = None if policy is None else orjson.dumps(policy)
        self.values[ks.resource_policy_key(resource)] = stored

    def put_regions(self, regions: Sequence[str]) -> None:
        """Set the regions whose catalogs change with the identities."""
        self.values[ks.REGIONS] = orjson.dumps(regions)

    def close(self) -> None:
        """From now on, requests must be signed by an identity."""
        self.values[ks.CLOSED] = b""


_KINDS: Final[dict[type, bytes]] = {
    model.User: ks.USERS,
    model.Group: ks.GROUPS,
    model.Role: ks.ROLES,
    model.ManagedPolicy: ks.MANAGED_POLICIES,
}


def key_of(record: model.Record) -> bytes:
    """The key of an identity's record in the store."""
    if isinstance(record, model.AccessKey):
        return ks.access_key_key(record.id)
    assert not isinstance(record, model.ResourcePolicy)
    return _KINDS[type(record)] + record.name.lower().encode()


def sealed_key(
    access_key: str, user: str, secret: str, seal: Seal, created: float
) -> model.AccessKey:
    """A new access key, its secret sealed."""
    sealed = seal.seal(secret.encode(), _about(access_key, user))
    return model.AccessKey(
        access_key, user, model.ACTIVE, created, b64encode(sealed).decode("ascii")
    )


def resealed(key: model.AccessKey, user: str, seal: Seal) -> model.AccessKey:
    """A user's access key, sealed again for the user's new name. Raises SealBroken."""
    new = sealed_key(key.id, user, secret_of(key, seal), seal, key.created)
    return replace(new, status=key.status)


def secret_of(key: model.AccessKey, seal: Seal) -> str:
    """The secret of an access key. Raises SealBroken."""
    return seal.open(b64decode(key.sealed), _about(key.id, key.user)).decode()


def _about(access_key: str, user: str) -> str:
    return f"secret of {access_key} of {user}"


class _Outdated(Exception):
    """The identities changed between being read and being locked."""


class IdentityStore:
    """The identities, through this process's snapshot of them. `engine` returns the current engine
    (see `sealing.decrypting_engine`), `account` is the identities' account."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        catalog: CatalogVersion,
        ids: Ids,
        account: str = DEFAULT_ACCOUNT,
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._ids = ids
        self._account = account
        self.checked_at: Value = _UNREAD
        """The catalog's version at which the snapshot is known to be current."""
        self._one_reader = asyncio.Lock()
        """Held while identities are read, so that not every request that waits for them does."""
        self._seal: Seal | None = None
        self.secrets = SecretKeys(self._secret)
        """The secret keys of active access keys."""
        self.now = Identities()

    @property
    def is_current(self) -> bool:
        """Whether the snapshot is as current as this process's catalog."""
        return self.checked_at == self._catalog.version

    def seal(self) -> Seal | None:
        """Seals this store's secrets; None while there is no key (see `ensure_key`)."""
        if self._seal is None and self.now.sealing_key is not None:
            self._seal = Seal(self.now.sealing_key, self._ids.secret)
        return self._seal

    def _secret(self, access_key: str) -> str | None:
        key, seal = self.now.access_keys.get(access_key), self.seal()
        if key is None or key.status != model.ACTIVE or seal is None:
            return None
        return secret_of(key, seal)

    async def refresh(self) -> Identities:
        """The current identities."""
        catalog, version = await self._engine().read((ks.CATALOG_VERSION, ks.IDENTITIES_VERSION))
        if version != self.now.version:
            async with self._one_reader:
                identities, catalog = await self._newer(self.now)
            if identities.sealing_key != self.now.sealing_key:
                self._seal = None
            if identities.access_keys is not self.now.access_keys or self._seal is None:
                self.secrets.forget()
            self.now = identities
        self._catalog.move_to(catalog)
        self.checked_at = catalog
        return self.now

    async def ensure_key(self) -> Seal:
        """The seal; its key is made if it is missing."""
        await self.refresh()
        if self.now.sealing_key is None:
            await self.change(lambda _identities, draft: draft.values.update(self._new_key()))
        seal = self.seal()
        assert seal is not None
        return seal

    async def change(self, decide: Callable[[Identities, Draft], ResultT]) -> ResultT:
        """Change the identities in one commit.

        `decide` is called with the current identities and fills the draft; an error that it raises
        cancels the change. It may be called again.
        """
        while True:
            identities = await self.refresh()
            draft = Draft()
            result = decide(identities, draft)
            if not draft.values:
                return result
            try:
                change = _Change(identities.version, draft, result, self._catalogs(identities))
                await self._engine().write(change)
            except _Outdated:
                continue
            await self.refresh()
            return result

    def _catalogs(self, identities: Identities) -> list[bytes]:
        """The keys of other regions' catalog versions: processes that work in these regions have to
        detect that the identities have changed, too."""
        realms = (Realm(self._account, region) for region in identities.regions)
        return [realm.prefix + ks.CATALOG_VERSION for realm in realms]

    def _new_key(self) -> dict[bytes, Value]:
        if self.now.sealing_key is not None:
            return {}
        return {ks.SEALING_KEY: self._ids.secret(KEY_SIZE)}

    async def _newer(self, known: Identities) -> tuple[Identities, Value]:
        """The current identities, and the catalog's version in the same snapshot. Of those that are
        `known`, only what has changed is read."""
        versions = (ks.IDENTITIES_VERSION, ks.CATALOG_VERSION)
        while known.version != _UNREAD:
            engine = self._engine()
            listed, version, _ = await engine.read((ks.IDENTITY_CHANGES, *versions))
            keys = changed_since(listed, known.version, version)
            if keys is None:
                break
            values = await engine.read((*versions, *keys))
            if values[0] == version:
                return updated(known, zip(keys, values[2:], strict=True), version), values[1]
        return await self._read()

    async def _read(self) -> tuple[Identities, Value]:
        """All identities, and the catalog's version in the same snapshot."""
        turns = Turns()
        while True:
            also_read = (ks.CATALOG_VERSION, ks.IDENTITIES_VERSION)
            low, high = ks.IDENTITIES, successor(ks.IDENTITIES)
            page = await self._engine().range(low, high, limit=_PAGE, also_read=also_read)
            rows, first = page.rows, page.also_read
            while page.more and page.also_read == first:
                low = page.rows[-1][0] + b"\x00"
                page = await self._engine().range(low, high, limit=_PAGE, also_read=also_read)
                rows += page.rows
            if page.also_read != first:
                continue  # there was a write between two pages
            identities = Identities(version=first[1])
            for key, value in rows:
                take(identities, key, value)
                if turns.over:
                    await turns.give_way()
            return identities, first[0]


_RECORDS: Final[dict[bytes, tuple[str, Callable[..., Any]]]] = {
    ks.USERS: ("users", model.User),
    ks.GROUPS: ("groups", model.Group),
    ks.ROLES: ("roles", model.Role),
    ks.MANAGED_POLICIES: ("policies", model.ManagedPolicy),
    ks.ACCESS_KEYS: ("access_keys", model.AccessKey),
    ks.RESOURCE_POLICIES: ("resource_policies", model.ResourcePolicy),
}
"""Where records are in a snapshot, and what they are, by the beginning of their keys."""


def take(identities: Identities, key: bytes, value: bytes) -> None:
    """Add a row of the store to a snapshot."""
    if key[:2] in _RECORDS:
        member, record = _RECORDS[key[:2]]
        getattr(identities, member)[_place_of(key)] = record(**orjson.loads(value))
    else:
        _set(identities, key, value)


def _place_of(key: bytes) -> str | int:
    """What a record is found by in a snapshot."""
    rest = key[2:]
    return int.from_bytes(rest, "big") if key[:2] == ks.RESOURCE_POLICIES else rest.decode()


def _set(identities: Identities, key: bytes, value: Value) -> None:
    """Take a row that is not a record; None if it was removed."""
    if key == ks.SEALING_KEY:
        identities.sealing_key = value
    elif key == ks.CLOSED:
        identities.closed = value is not None
    elif key == ks.REGIONS:
        identities.regions = () if value is None else tuple(orjson.loads(value))


def updated(
    identities: Identities, rows: Iterable[tuple[bytes, Value]], version: Value
) -> Identities:
    """A snapshot of a later version, in which these rows are others; None: removed. What did not
    change is shared by both."""
    new = replace(identities, version=version)
    copied: set[str] = set()
    for key, value in rows:
        if key[:2] not in _RECORDS:
            _set(new, key, value)
            continue
        if key[:2] == ks.GROUPS:
            new._groups_of = None
        member, place = _RECORDS[key[:2]][0], _place_of(key)
        if member not in copied:
            copied.add(member)
            setattr(new, member, dict(getattr(new, member)))
        records = getattr(new, member)
        if value is None:
            records.pop(place, None)
            continue
        is_last = place in records or not records or next(reversed(records)) < place
        take(new, key, value)
        if not is_last:  # lists of them are in order, as they are when all are read
            setattr(new, member, {each: records[each] for each in sorted(records)})
    return new


class _Change(Generic[ResultT]):
    """`catalogs` are the keys of catalog versions that change with the identities."""

    def __init__(
        self, version: Value, draft: Draft, result: ResultT, catalogs: Sequence[bytes]
    ) -> None:
        self.keys = (ks.IDENTITIES_VERSION, ks.IDENTITY_CHANGES, ks.CATALOG_VERSION, *catalogs)
        self._version = version
        self._draft = draft
        self._result = result

    def decide(self, values: Any) -> Changes[ResultT]:
        version, listed, *catalogs = values
        if version != self._version:
            raise _Outdated
        following = next_version(version)
        changes = {
            **self._draft.values,
            ks.IDENTITIES_VERSION: following,
            ks.IDENTITY_CHANGES: with_change(listed, version, following, self._draft.values),
            **dict(zip(self.keys[2:], map(next_version, catalogs), strict=True)),
        }
        return Changes(changes, self._result)
