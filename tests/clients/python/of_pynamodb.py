"""PynamoDB: a model with an attribute of each type."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pynamodb.attributes as kinds
from lines import INDEX, Json, Unsupported, native, pages_answer, serve
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite


class DecimalAttribute(kinds.Attribute[Decimal]):
    """A number with all its digits, where PynamoDB's own takes Python's floats."""

    attr_type = "N"

    def serialize(self, value: Decimal) -> str:
        return str(value)

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)


class ByYear(GlobalSecondaryIndex["Song"]):
    class Meta:
        index_name = INDEX
        projection = AllProjection()

    year = kinds.NumberAttribute(hash_key=True)
    song = kinds.UnicodeAttribute(range_key=True)


class Song(Model):
    class Meta:
        table_name = "named by each request"
        region = os.environ["AWS_REGION"]
        billing_mode = "PAY_PER_REQUEST"
        stream_view_type = "NEW_AND_OLD_IMAGES"
        max_retry_attempts = 9

    artist = kinds.UnicodeAttribute(hash_key=True)
    song = kinds.UnicodeAttribute(range_key=True)
    year = kinds.NumberAttribute()
    price = DecimalAttribute(null=True)
    live = kinds.BooleanAttribute(null=True)
    note = kinds.UnicodeAttribute(null=True)
    tags = kinds.UnicodeSetAttribute(null=True)
    ratings = kinds.NumberSetAttribute(null=True)
    cover = kinds.BinaryAttribute(null=True, legacy_encoding=False)
    tracks: kinds.ListAttribute[Any] = kinds.ListAttribute(null=True)
    credits: kinds.MapAttribute[str, Any] = kinds.MapAttribute(null=True)
    by_year = ByYear()


def song_of(item: Json) -> Song:
    """The model of a line's item."""
    if "nothing" in item:
        raise Unsupported("its models read a null as nothing at all")
    given = native(item)
    if "cover" in given:
        given["cover"] = bytes(given["cover"])
    for name in ("year", "ratings"):
        if name in given:
            given[name] = _floats(given[name])
    for name in ("tracks", "credits"):
        if name in given:
            given[name] = _floats(given[name])
    return Song(**given)


def _floats(value: Any) -> Any:
    """The numbers in a value as PynamoDB's attributes take them."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, dict):
        return {name: _floats(each) for name, each in value.items()}
    if isinstance(value, (list, set)):
        return type(value)(_floats(each) for each in value)
    return value


def item_of(song: Song) -> Json:
    return {"item": song.to_dynamodb_dict()}


class PynamoDB:
    def __init__(self) -> None:
        self.connection = Connection(region=os.environ["AWS_REGION"])

    def _model(self, table: str) -> type[Song]:
        Song.Meta.table_name = table
        Song._connection = None
        Song.by_year._model = Song
        return Song

    def create(self, table: str) -> None:
        model = self._model(table)
        if model.exists():
            raise Unsupported("it makes no table that is there")
        model.create_table(wait=False)

    def wait(self, table: str) -> Json:
        model = self._model(table)
        model.create_table(wait=True)
        return {"status": model.describe_table()["TableStatus"]}

    def drop(self, table: str) -> None:
        self._model(table).delete_table()
        while Song.exists():
            pass

    def put(self, table: str, item: Json) -> None:
        self._model(table)
        song_of(item).save()

    def put_new(self, table: str, item: Json) -> None:
        self._model(table)
        song_of(item).save(condition=Song.artist.does_not_exist())

    def get(self, table: str, key: Json) -> Json:
        model = self._model(table)
        try:
            return item_of(model.get(key["artist"], key["song"], consistent_read=True))
        except model.DoesNotExist:
            return {}

    def update(self, table: str, key: Json, **given: Json) -> Json:
        self._model(table)
        song = Song(key["artist"], key["song"])
        actions = [getattr(Song, name).set(each) for name, each in native(given["set"]).items()]
        condition = None
        for name, each in native(given.get("if", {})).items():
            condition = getattr(Song, name) == each
        song.update(actions=actions, condition=condition)
        return item_of(song)

    def delete(self, table: str, key: Json) -> None:
        self._model(table)
        Song(key["artist"], key["song"]).delete()

    def query(self, table: str, artist: str, after: str, limit: int, forward: bool) -> Json:
        pages, last = [], None
        while True:
            found = self._model(table).query(
                artist, Song.song > after, limit=limit, page_size=limit,
                scan_index_forward=forward, last_evaluated_key=last,
            )  # fmt: skip
            pages.append([each.song for each in found])
            last = found.last_evaluated_key
            if last is None:
                return pages_answer(pages)

    def query_index(self, table: str, year: str) -> Json:
        self._model(table)
        return {"count": len(list(Song.by_year.query(int(year))))}

    def scan(self, table: str, limit: int, artist: str) -> Json:
        found = self._model(table).scan(Song.artist == artist, page_size=limit)
        return {"count": len(list(found))}

    def batch_put(self, table: str, items: list[Json]) -> None:
        with self._model(table).batch_write() as batch:
            for item in items:
                batch.save(song_of(item))

    def batch_delete(self, table: str, keys: list[Json]) -> None:
        with self._model(table).batch_write() as batch:
            for key in keys:
                batch.delete(Song(key["artist"], key["song"]))

    def batch_get(self, table: str, keys: list[Json]) -> Json:
        found = self._model(table).batch_get([(key["artist"], key["song"]) for key in keys])
        return {"count": len(list(found))}

    def transact_put(self, table: str, items: list[Json]) -> None:
        self._model(table)
        with TransactWrite(connection=self.connection) as transaction:
            for item in items:
                transaction.save(song_of(item), condition=Song.artist.does_not_exist())

    def transact_get(self, table: str, keys: list[Json]) -> Json:
        self._model(table)
        with TransactGet(connection=self.connection) as transaction:
            asked = [transaction.get(Song, key["artist"], key["song"]) for key in keys]
        return {"count": len([each.get() for each in asked])}

    def statement(self, **_: Any) -> None:
        raise Unsupported("it has no PartiQL")

    def stream(self, **_: Any) -> None:
        raise Unsupported("it does not read streams")

    def presigned(self, **_: Any) -> None:
        raise Unsupported("it has no presigned requests")


if __name__ == "__main__":
    serve(PynamoDB())
