"""The keys of tables, as far as a process knows them without reading."""

from __future__ import annotations

from jedlik.request_log.hints import Keys, KeysOf
from jedlik.services.dynamodb.database.database import Database


def known_keys(database: Database) -> KeysOf:
    """Returns keys only from the cache, which has every table that was just read."""

    def keys_of(name: str) -> list[Keys]:
        table = database.catalog.cached(name)
        if table is None:
            return []
        kinds = [("", table.model.schema)]
        kinds += [(index.name, index.schema) for index in table.model.indexes]
        return [
            Keys(
                name,
                tuple(each.name for each in schema.partition),
                tuple(each.name for each in schema.sort),
            )
            for name, schema in kinds
        ]

    return keys_of
