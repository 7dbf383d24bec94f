"""The key service's keys and aliases in storage.

A key whose deletion is due is not found any more, and its record is removed by the first process
that looks for it.

Key material has no encryption of its own in its record. It is protected like the whole database:
unreadable for others in a directory that is encrypted under a root key, readable in a plain one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import AccessDeniedException, ValidationException
from jedlik.base.limits import KIB, MIB
from jedlik.base.turns import Turns
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged, next_version
from jedlik.kernel.key_ring_changes import everything_changed
from jedlik.kernel.keyspaces import CATALOG_VERSION, KEY_ALIASES, KEY_RING_CHANGES, KEYS
from jedlik.kernel.rows import pages, read_in_turns
from jedlik.kernel.store import Store
from jedlik.services.kms.alias import Alias, alias_from
from jedlik.services.kms.errors import (
    AlreadyExistsException,
    InvalidArnException,
    LimitExceededException,
    NotFoundException,
)
from jedlik.services.kms.model import EncryptionKey
from jedlik.services.kms.records import (
    decoded,
    encoded,
    key_arn,
    no_key,
    pending_deletion,
    record_key,
    unusable,
)
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Changes, Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.values.keybytes import successor

Decide = Callable[[EncryptionKey], EncryptionKey | None]
"""Returns the changed key; None removes it. Raises the error of an operation."""

ALIAS: Final = "alias/"
MAX_ALIASES: Final = 50
"""Aliases of one key (KMS developer guide, "Quotas")."""
_BYTES_A_PAGE: Final = 256 * KIB
_LONG_RECORD: Final = 16 * KIB
_DECODED_SIZE: Final = 4
"""Bytes that a record and its key take for each byte of the record."""
_LONG_RECORDS: Final[BoundedCache[str, tuple[bytes, EncryptionKey]]] = BoundedCache(32 * MIB)
"""Long records, and their keys, by the ids of these."""
_ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]*):([0-9]{12}):(key/|alias/)(.+)").fullmatch

_MULTI_REGION_ID: Final = re.compile("mrk-[0-9a-f]{32}").fullmatch


def alias_arn(arns: Arns, alias: str) -> str:
    """The ARN of an alias, given its name, which begins with `alias/`."""
    return f"arn:aws:kms:{arns.region}:{arns.account}:{alias}"


async def find_key(database: Store, given: str) -> EncryptionKey:
    """The key that a KeyId parameter names: an id, an alias, or the ARN of either.

    Raises NotFoundException and InvalidArnException.
    """
    name = key_name(database.arns, given)
    if name.startswith(ALIAS):
        (target,) = await database.engine.read((_alias_key(name),))
        if target is None:
            raise _no_alias(database, name)
        return await _key(database, UUID(alias_from(target).target))
    if _MULTI_REGION_ID(name):
        raise NotFoundException(f"Key '{key_arn(database.arns, name)}' does not exist")
    return await _key(database, _uuid(name))


def key_name(arns: Arns, given: str) -> str:
    """The id, or the alias's name with `alias/`, in a KeyId parameter, which may be its ARN.

    Raises InvalidArnException, and NotFoundException if it is the ARN of another region or account
    where those make a difference.
    """
    if not given.startswith("arn:"):
        return given
    match = _ARN(given)
    if match is None:
        raise InvalidArnException(f"Invalid arn {given}")
    region, account, kind, name = match.groups()
    if arns.only and region != arns.region:
        raise NotFoundException(f"Invalid arn {region}")
    if arns.only and account != arns.account:
        raise NotFoundException(f"Key '{given}' does not exist")
    return name if kind == "key/" else kind + name


def named_arn(arns: Arns, given: str) -> str:
    """The ARN of the key or alias that a KeyId parameter names. Raises InvalidArnException."""
    name = key_name(arns, given)
    return alias_arn(arns, name) if name.startswith(ALIAS) else key_arn(arns, name)


async def usable_key(database: Store, given: str) -> EncryptionKey:
    """The same, if it may encrypt and decrypt.

    Raises DisabledException and KMSInvalidStateException too.
    """
    key = await find_key(database, given)
    check_usable(database, key)
    return key


def check_usable(database: Store, key: EncryptionKey) -> None:
    """Refuse a key that is disabled or pending deletion."""
    failure = unusable(database.arns, key)
    if failure is not None:
        raise failure


def check_not_pending(database: Store, key: EncryptionKey) -> None:
    """Refuse a key that is pending deletion."""
    failure = pending_deletion(database.arns, key)
    if failure is not None:
        raise failure


async def put_key(database: Store, key: EncryptionKey) -> None:
    """Store a new key."""
    await database.engine.write(BlindWrite({record_key(UUID(key.id)): encoded(key)}))


async def change_key(database: Store, given: str, decide: Decide) -> EncryptionKey:
    """Change a key by `decide`, atomically; returns the changed key.

    Raises NotFoundException, InvalidArnException, AccessDeniedException if the key is managed by
    AWS, and what `decide` raises.
    """
    found = await find_key(database, given)
    if found.aws_managed:
        raise AccessDeniedException(
            f"{key_arn(database.arns, found.id)} is managed by AWS; no one else may change it."
        )
    return await database.engine.write(_Change(database, found, decide))


async def aws_managed_key(
    database: Store, alias: str, make: Callable[[], EncryptionKey]
) -> EncryptionKey:
    """The key that an alias of a service (`alias/aws/...`) points to, made when first needed."""
    while True:
        (target,) = await database.engine.read((_alias_key(alias),))
        if target is not None:
            return await _key(database, UUID(alias_from(target).target))
        await database.engine.write(_PutManaged(alias, make()))


async def keys_in_turns(database: Store, after: str | None = None) -> AsyncIterator[EncryptionKey]:
    """Keys by id, those beyond `after`, while other requests are answered in between: each may have
    a megabyte of grants. Raises NotFoundException if `after` is no id."""
    low = KEYS if after is None else record_key(_uuid(after)) + b"\0"
    now = database.clock.now()
    turns = Turns()
    async for rows in pages(database.engine, low, successor(KEYS), max_bytes=_BYTES_A_PAGE):
        for _, value in rows:
            key = decoded(value)
            if key.deletion is None or key.deletion > now:
                yield key
            if turns.over:
                await turns.give_way()


async def list_aliases(database: Store) -> list[tuple[str, Alias]]:
    """All aliases by name."""
    return await read_in_turns(
        database.engine,
        KEY_ALIASES,
        lambda key, value: (key[len(KEY_ALIASES) :].decode(), alias_from(value)),
    )


async def create_alias(database: Store, name: str, target: str) -> None:
    """Point a new alias to a key. Raises AlreadyExistsException, LimitExceededException, ..."""
    await _point_alias(database, name, target, creates=True)


async def update_alias(database: Store, name: str, target: str) -> None:
    """Point an existing alias to another key. Raises NotFoundException, ..."""
    await _point_alias(database, name, target, creates=False)


async def _point_alias(database: Store, name: str, target: str, *, creates: bool) -> None:
    """Point an alias to a key, provided that nothing has changed since it was read."""
    for _ in range(MAX_RESTARTS):
        (version,) = await database.engine.read((CATALOG_VERSION,))
        key = await _target(database, target)
        others = [
            other
            for other, alias in await list_aliases(database)
            if alias.target == key.id and other != name
        ]
        full = len(others) >= MAX_ALIASES
        try:
            return await database.engine.write(
                _PutAlias(database, name, key, creates=creates, seen=version, full=full)
            )
        except CatalogChanged:
            continue
    raise StorageUnavailable(f"the catalog changed {MAX_RESTARTS} times meanwhile")


async def delete_alias(database: Store, name: str) -> None:
    """Remove an alias. Raises NotFoundException."""
    await database.engine.write(_PutAlias(database, name, None, creates=False))


async def _target(database: Store, target: str) -> EncryptionKey:
    if "alias/" in target:
        raise ValidationException("Aliases must refer to keys. Not aliases")
    key = await find_key(database, target)
    check_not_pending(database, key)
    return key


async def _key(database: Store, key_id: UUID) -> EncryptionKey:
    (stored,) = await database.engine.read((record_key(key_id),))
    key = None if stored is None else _decoded(str(key_id), stored)
    if key is not None and key.deletion is not None and key.deletion <= database.clock.now():
        aliases = [name for name, alias in await list_aliases(database) if alias.target == key.id]
        await database.engine.write(_Expire(key, aliases, database.clock.now()))
        key = None
    if key is None:
        raise no_key(database.arns, str(key_id))
    return key


def _decoded(key_id: str, stored: bytes) -> EncryptionKey:
    """The key in its record. Every use of a key reads it, and may belong to someone who may do
    nothing else with it; decoding a megabyte of grants takes ten times as long as comparing it."""
    if len(stored) < _LONG_RECORD:
        return decoded(stored)
    known = _LONG_RECORDS.get(key_id)
    if known is not None and known[0] == stored:
        return known[1]
    key = decoded(stored)
    _LONG_RECORDS.put(key_id, (stored, key), _DECODED_SIZE * len(stored))
    return key


class _Expire:
    """The removal of a key whose deletion is due, and of those `aliases` that still point to it.

    An alias may have been given another key since it was read, and the key's deletion been
    cancelled: both are checked under lock.
    """

    def __init__(self, key: EncryptionKey, aliases: Sequence[str], now: float) -> None:
        self._id = UUID(key.id)
        self._now = now
        self.keys = (CATALOG_VERSION, record_key(self._id), *map(_alias_key, aliases))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        version, stored, *targets = values
        key = None if stored is None else decoded(stored)
        if key is None or key.deletion is None or key.deletion > self._now:
            return Changes({}, None)
        changes: dict[bytes, Value] = {self.keys[1]: None, **_rings_changed(version)}
        for alias, target in zip(self.keys[2:], targets, strict=True):
            if target is not None and alias_from(target).target == str(self._id):
                changes[alias] = None
        return Changes(changes, None)


class _PutManaged:
    """A new key with an alias, unless the alias exists already."""

    def __init__(self, alias: str, key: EncryptionKey) -> None:
        self._key = key
        self.keys = (_alias_key(alias),)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        if values[0] is not None:
            return Changes({}, None)
        key = self._key
        alias = Alias(key.id, key.created, key.created)
        put = {record_key(UUID(key.id)): encoded(key), self.keys[0]: alias.encoded()}
        return Changes(put, None)


class _Change:
    """A change of one key's record, decided on the record at the commit."""

    def __init__(self, database: Store, key: EncryptionKey, decide: Decide) -> None:
        self._database = database
        self._id = key.id
        self._decide = decide
        self._now = round(database.clock.now(), 3)
        self._key = record_key(UUID(key.id))
        self.keys = (self._key, CATALOG_VERSION)

    def decide(self, values: Sequence[Value]) -> Changes[EncryptionKey]:
        if values[0] is None:
            raise no_key(self._database.arns, self._id)
        before = _decoded(self._id, values[0])
        after = self._decide(before)
        if after is None:
            return Changes({self._key: None}, before)
        changes: dict[bytes, Value] = {}
        if after.usable != before.usable:
            after = replace(after, unusable_since=None if after.usable else self._now)
        if _access(after) != _access(before):
            # Tables encrypted under the key become available or unavailable, in all processes
            # together.
            changes |= _rings_changed(values[1])
        return Changes({**changes, self._key: encoded(after)}, after)


def _rings_changed(version: Value) -> dict[bytes, Value]:
    """The catalog's next version, with which any table may become available or unavailable."""
    later = next_version(version)
    return {CATALOG_VERSION: later, KEY_RING_CHANGES: everything_changed(later)}


def _access(key: EncryptionKey) -> tuple[object, ...]:
    """The parts of a key that decide who may use it."""
    return key.state, key.policy, key.grants, key.tags


class _PutAlias:
    """A change of an alias; `key` None removes it.

    Whether `key` is `full`, with the maximum number of aliases, was read at the catalog's version
    `seen`, which changes with every alias and every key's state: raises CatalogChanged if it has
    changed. So if two requests compete for the last place, one of them reads again.
    """

    def __init__(
        self,
        database: Store,
        name: str,
        key: EncryptionKey | None,
        *,
        creates: bool,
        seen: Value = None,
        full: bool = False,
    ) -> None:
        self._database = database
        self._name = name
        self._key = key
        self._creates = creates
        self._seen = seen
        self._full = full
        self._now = round(database.clock.now(), 3)
        self.keys = (_alias_key(name), CATALOG_VERSION)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        arns = self._database.arns
        if self._creates and values[0] is not None:
            arn = alias_arn(arns, self._name)
            raise AlreadyExistsException(f"An alias with the name {arn} already exists")
        if not self._creates and values[0] is None:
            raise _no_alias(self._database, self._name)
        if self._key is not None and values[1] != self._seen:
            raise CatalogChanged
        if self._key is not None and self._full:
            raise LimitExceededException(f"{key_arn(arns, self._key.id)} has too many aliases.")
        # Policies may depend on a key's aliases, and decisions are cached until the version
        # changes.
        return Changes(
            {self.keys[0]: self._alias(values[0]), CATALOG_VERSION: next_version(values[1])}, None
        )

    def _alias(self, before: Value) -> Value:
        if self._key is None:
            return None
        created = self._now if before is None else alias_from(before).created
        return Alias(self._key.id, created, self._now).encoded()


def _alias_key(name: str) -> bytes:
    return KEY_ALIASES + name.encode()


def _uuid(text: str) -> UUID:
    try:
        key_id = UUID(text)
    except ValueError:
        raise NotFoundException(f"Invalid keyId '{text}'") from None
    if str(key_id) != text:
        raise NotFoundException(f"Invalid keyId '{text}'")
    return key_id


def _no_alias(database: Store, name: str) -> NotFoundException:
    return NotFoundException(f"Alias {alias_arn(database.arns, name)} is not found.")
