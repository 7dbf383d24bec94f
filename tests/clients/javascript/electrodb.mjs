// ElectroDB: an entity over a table that something else has made.
import { Entity, createConversions } from "electrodb";
import { client, INDEX, native, onLine, pagesAnswer, serve, Unsupported } from "./lines.mjs";

const connection = client();
const NAMES = ["artist", "song", "year", "price", "live", "note", "nothing", "tags", "ratings", "cover", "tracks", "credits"];

function songs(table) {
  const key = (field) => ({ field, composite: [field], casing: "none" });
  return new Entity(
    {
      model: { entity: "song", version: "1", service: "music" },
      attributes: {
        artist: { type: "string", required: true },
        song: { type: "string", required: true },
        year: { type: "number", required: true },
        price: { type: "number" },
        live: { type: "boolean" },
        note: { type: "string" },
        nothing: { type: "any" },
        tags: { type: "set", items: "string" },
        ratings: { type: "set", items: "number" },
        cover: { type: "any" },
        tracks: { type: "any" },
        credits: { type: "any" },
      },
      indexes: {
        ofArtist: { pk: { ...key("artist"), template: "${artist}" }, sk: { ...key("song"), template: "${song}" } },
        ofYear: { index: INDEX, pk: { ...key("year"), template: "${year}" }, sk: { ...key("song"), template: "${song}" } },
      },
    },
    { client: connection, table },
  );
}

/** An item as the entity takes it, whose numbers are JavaScript's. */
function given(item) {
  if (String(item.price?.N ?? "").replace(/\D/g, "").length > 17) throw new Unsupported("its numbers are doubles");
  const values = native(item);
  for (const name of ["tags", "ratings"]) if (name in values) values[name] = [...values[name]];
  return values;
}

function answered(data) {
  if (data === null) return {};
  const sets = (name, value) => (name === "tags" || name === "ratings" ? new Set(value) : value);
  return {
    item: onLine(Object.fromEntries(NAMES.filter((name) => data[name] !== undefined).map((name) => [name, sets(name, data[name])]))),
  };
}

await serve({
  put: async ({ table, item }) => void (await songs(table).put(given(item)).go()),
  put_new: async ({ table, item }) => void (await songs(table).create(given(item)).go()),
  get: async ({ table, key }) => answered((await songs(table).get(key).go({ consistent: true })).data),
  delete: async ({ table, key }) => void (await songs(table).delete(key).go()),

  async update({ table, key, set, if: conditions = {} }) {
    let change = songs(table).patch(key).set(given(set));
    for (const [name, value] of Object.entries(native(conditions))) {
      change = change.where((attributes, { eq }) => eq(attributes[name], value));
    }
    return answered((await change.go({ response: "all_new" })).data);
  },

  async query({ table, artist, after, limit, forward }) {
    const pages = [];
    let cursor = null;
    do {
      const found = await songs(table).query.ofArtist({ artist }).gt({ song: after }).go({ limit, cursor, order: forward ? "asc" : "desc" });
      pages.push(found.data.map((each) => each.song));
      cursor = found.cursor;
    } while (cursor !== null);
    return pagesAnswer(pages);
  },

  async query_index({ table, year }) {
    return { count: (await songs(table).query.ofYear({ year: Number(year) }).go({ pages: "all" })).data.length };
  },

  async scan({ table, artist }) {
    const found = await songs(table).scan.where((attributes, { eq }) => eq(attributes.artist, artist)).go({ pages: "all" });
    return { count: found.data.length };
  },

  async batch_put({ table, items }) {
    const { unprocessed } = await songs(table).put(items.map(given)).go();
    if (unprocessed.length > 0) throw new Error("unprocessed items");
  },

  batch_delete: async ({ table, keys }) => void (await songs(table).delete(keys).go()),
  batch_get: async ({ table, keys }) => ({ count: (await songs(table).get(keys).go()).data.length }),

  async transact_put({ table, items }) {
    const entity = songs(table);
    const { Service } = await import("electrodb");
    const service = new Service({ song: entity }, { client: connection, table });
    const done = await service.transaction.write(({ song }) => items.map((item) => song.create(given(item)).commit())).go();
    if (done.canceled) throw Object.assign(new Error("canceled"), { name: "TransactionCanceledException", $metadata: {} });
  },

  async transact_get({ table, keys }) {
    const { Service } = await import("electrodb");
    const service = new Service({ song: songs(table) }, { client: connection, table });
    const { data } = await service.transaction.get(({ song }) => keys.map((key) => song.get(key).commit())).go();
    return { count: data.filter((each) => each.item !== null).length };
  },
});
