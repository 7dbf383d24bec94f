// Dynamoose: a model, which makes its table too.
import dynamoose from "dynamoose";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { INDEX, native, onLine, pagesAnswer, serve, slices, Unsupported } from "./lines.mjs";

dynamoose.aws.ddb.set(new DynamoDB({ maxAttempts: 10 }));
const ANY = dynamoose.type.ANY;
const NAMES = ["artist", "song", "year", "price", "live", "note", "nothing", "tags", "ratings", "cover", "tracks", "credits"];
const models = new Map();
const tables = new Map();

function songs(table) {
  if (!models.has(table)) {
    const schema = new dynamoose.Schema({
      artist: { type: String, hashKey: true },
      song: { type: String, rangeKey: true },
      year: { type: Number, index: { name: INDEX, type: "global", rangeKey: "song" } },
      price: Number,
      live: Boolean,
      note: String,
      nothing: dynamoose.type.NULL,
      tags: { type: Set, schema: [String] },
      ratings: { type: Set, schema: [Number] },
      cover: Buffer,
      tracks: { type: Array, schema: [ANY] },
      credits: { type: Object, schema: { piano: String, at: { type: Object, schema: { year: Number } } } },
    });
    const model = dynamoose.model(table, schema);
    // The scenario has steps of its own for what Dynamoose would do before its first request.
    const settings = { create: false, waitForActive: false, throughput: "ON_DEMAND" };
    tables.set(table, new dynamoose.Table(table, [model], { ...settings, streamOptions: { enabled: true, type: "NEW_AND_OLD_IMAGES" } }));
    models.set(table, model);
  }
  return models.get(table);
}

function given(item) {
  if (String(item.price?.N ?? "").replace(/\D/g, "").length > 17) throw new Unsupported("its numbers are doubles");
  if (item.tracks !== undefined) item = { ...item, tracks: { L: item.tracks.L } };
  return native(item);
}

function answered(found) {
  if (found === undefined) return {};
  return { item: onLine(Object.fromEntries(NAMES.filter((name) => found[name] !== undefined).map((name) => [name, found[name]]))) };
}

await serve({
  async create({ table }) {
    songs(table);
    await tables.get(table).create();
  },

  put: async ({ table, item }) => void (await new (songs(table))(given(item)).save()),
  put_new: async ({ table, item }) => void (await songs(table).create(given(item))),
  get: async ({ table, key }) => answered(await songs(table).get(key, { consistent: true })),
  delete: async ({ table, key }) => void (await songs(table).delete(key)),

  async update({ table, key, set, if: conditions = {} }) {
    let condition = new dynamoose.Condition();
    for (const [name, value] of Object.entries(native(conditions))) condition = condition.where(name).eq(value);
    const settings = Object.keys(conditions).length > 0 ? { condition } : {};
    return answered(await songs(table).update(key, given(set), { return: "item", ...settings }));
  },

  async query({ table, artist, after, limit, forward }) {
    const pages = [];
    let last;
    do {
      let asked = songs(table).query("artist").eq(artist).where("song").gt(after).limit(limit).sort(forward ? "ascending" : "descending");
      if (last !== undefined) asked = asked.startAt(last);
      const found = await asked.exec();
      pages.push(found.map((each) => each.song));
      last = found.lastKey;
    } while (last !== undefined);
    return pagesAnswer(pages);
  },

  async query_index({ table, year }) {
    return { count: (await songs(table).query("year").eq(Number(year)).using(INDEX).exec()).length };
  },

  async scan({ table, limit, artist }) {
    return { count: (await songs(table).scan("artist").eq(artist).limit(limit).all().exec()).length };
  },

  async batch_put({ table, items }) {
    for (const part of slices(items, 25)) {
      const { unprocessedItems } = await songs(table).batchPut(part.map(given));
      if (unprocessedItems.length > 0) throw new Error("unprocessed items");
    }
  },

  batch_delete: async ({ table, keys }) => void (await songs(table).batchDelete(keys)),
  batch_get: async ({ table, keys }) => ({ count: (await songs(table).batchGet(keys)).length }),

  async transact_put({ table, items }) {
    await dynamoose.transaction(items.map((item) => songs(table).transaction.create(given(item))));
  },

  async transact_get({ table, keys }) {
    const found = await dynamoose.transaction(keys.map((key) => songs(table).transaction.get(key)), { type: "get" });
    return { count: found.length };
  },
});
