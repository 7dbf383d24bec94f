"""Tables and streams as resources: what tags and resource policies are attached to.

They are stored under the resource's id. Tables and streams draw their ids from one counter and no
id is ever used twice, so nothing passes on to another resource of the same name. Indexes share what
their table has; streams do not (developer guide, "Using attribute-based access control with
DynamoDB Streams").
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from jedlik.auth.policy.facts import Values, by_lower_key
from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import CATALOG_VERSION, stream_key, table_key, tags_key
from jedlik.services.dynamodb.database.catalog import Catalog
from jedlik.storage.engine import Engine, Value

MAX_RESOURCES: Final = 16 * 1024 * 1024
"""Bytes of descriptions and tags that a process keeps."""
_OVERHEAD: Final = 512

Tags = dict[str, str]


class Resource(NamedTuple):
    """A table or a stream; `key` is where its description is."""

    id: int
    key: bytes


class Tagged(NamedTuple):
    """A resource's id, and the values of its tags by their keys in lower case, as policies ignore
    the case of keys (IAM user guide, "Controlling access to AWS resources using tags")."""

    id: int
    tags: dict[str, Values]


def description_key(name: str, label: str | None) -> bytes:
    """The key of a table's description, or of that of its stream with this label."""
    return table_key(name) if label is None else stream_key(name, label)


def id_of(description: bytes) -> int:
    """The id in a stored description of a table or stream."""
    found: int = orjson.loads(description)["id"]
    return found


def parse_tags(stored: Value) -> Tags:
    """The tags in stored bytes; none if there is nothing."""
    tags: Tags = orjson.loads(stored) if stored else {}
    return tags


def _is_filling(description: dict[str, Any]) -> bool:
    """Whether a restore or an import is still making the table of this description."""
    return description.get("restore") is not None or bool(description.get("importing"))


async def find_resource(engine: Engine, arns: Arns, arn: str) -> Resource:
    """The resource of a ResourceArn, read from the store.

    Raises ValidationException if it is not the ARN of a table or stream, ResourceNotFoundException
    if that is missing.
    """
    named = arns.resource(arn)
    if named is None:
        raise ValidationException(f"Invalid ResourceArn: {arn}")
    key = description_key(*named)
    (stored,) = await engine.read((key,))
    if stored is None or _is_filling(orjson.loads(stored)):
        raise resource_not_found(arn)
    return Resource(id_of(stored), key)


def resource_not_found(arn: str) -> ResourceNotFoundException:
    """The error of operations on tags if a table or stream is missing."""
    return ResourceNotFoundException(f"Requested resource not found: ResourceArn: {arn} not found")


class _Found(NamedTuple):
    """What was read of a resource, and at which version of the catalog."""

    version: Value
    description: bytes
    tags: Value
    tagged: Tagged


class Resources:
    """Ids and tags of resources, cached as tables are (see `catalog`)."""

    def __init__(self, engine: Engine, catalog: Catalog) -> None:
        self._engine = engine
        self._catalog = catalog
        self._found: BoundedCache[tuple[str, str | None], _Found] = BoundedCache(MAX_RESOURCES)

    def known(self, name: str, label: str | None = None) -> Tagged | None:
        """The table of that name, or its stream with that label, if it is cached."""
        found = self._found.get((name, label))
        return None if found is None or found.version != self._catalog.version else found.tagged

    async def find(self, name: str, label: str | None = None) -> Tagged | None:
        """The same, read if it is not cached; None if there is no such resource."""
        before = self._found.get((name, label))
        if before is not None and before.version == self._catalog.version:
            return before.tagged
        key = description_key(name, label)
        if before is not None:
            keys = (CATALOG_VERSION, key, tags_key(before.tagged.id))
            version, description, tags = await self._engine.read(keys)
            if (description, tags) == (before.description, before.tags):
                self._catalog.move_to(version)
                return self._keep(name, label, before._replace(version=version))
        while True:
            version, description = await self._engine.read((CATALOG_VERSION, key))
            if description is None:
                self._found.discard((name, label))
                return None
            resource = id_of(description)
            later, tags = await self._engine.read((CATALOG_VERSION, tags_key(resource)))
            if later == version:
                break
        self._catalog.move_to(version)
        tagged = Tagged(resource, by_lower_key(parse_tags(tags)))
        return self._keep(name, label, _Found(version, description, tags, tagged))

    def _keep(self, name: str, label: str | None, found: _Found) -> Tagged:
        weight = _OVERHEAD + len(found.description) + 8 * len(found.tags or b"")
        return self._found.put((name, label), found, weight).tagged
