// OneTable: a model of a table, which it makes too.
import { Table } from "dynamodb-onetable";
import { client, INDEX, native, onLine, pagesAnswer, serve, slices, Unsupported } from "./lines.mjs";

const connection = client();
const NAMES = ["artist", "song", "year", "price", "live", "note", "nothing", "tags", "ratings", "cover", "tracks", "credits"];

function parts(name) {
  const table = new Table({
    client: connection,
    name,
    partial: true,
    hidden: false,
    schema: {
      version: "1",
      format: "onetable:1.1.0",
      indexes: { primary: { hash: "artist", sort: "song" }, [INDEX]: { hash: "year", sort: "song", project: "all" } },
      models: {
        Song: {
          artist: { type: "string", required: true },
          song: { type: "string", required: true },
          year: { type: "number", required: true },
          price: { type: "number" },
          live: { type: "boolean" },
          note: { type: "string" },
          tags: { type: "set" },
          ratings: { type: "set" },
          cover: { type: "binary" },
          tracks: { type: "array" },
          credits: { type: "object" },
        },
      },
      params: { nulls: false, timestamps: false },
    },
  });
  return { table, songs: table.getModel("Song") };
}

function given(item) {
  if (String(item.price?.N ?? "").replace(/\D/g, "").length > 17) throw new Unsupported("its numbers are doubles");
  if ("nothing" in item) throw new Unsupported("its models leave out nulls, or hold all of them");
  return native(item);
}

function answered(found) {
  if (found === undefined) return {};
  return { item: onLine(Object.fromEntries(NAMES.filter((name) => found[name] !== undefined).map((name) => [name, found[name]]))) };
}

await serve({
  create: async ({ table }) => void (await parts(table).table.createTable()),
  put: async ({ table, item }) => void (await parts(table).songs.create(given(item), { exists: null })),
  put_new: async ({ table, item }) => void (await parts(table).songs.create(given(item))),
  get: async ({ table, key }) => answered(await parts(table).songs.get(key, { consistent: true })),
  delete: async ({ table, key }) => void (await parts(table).songs.remove(key)),

  async update({ table, key, set, if: conditions = {} }) {
    const [[name, value] = []] = Object.entries(native(conditions));
    const where = name === undefined ? {} : { where: `\${${name}} = {${value}}` };
    return answered(await parts(table).songs.update({ ...key, ...given(set) }, { return: "ALL_NEW", ...where }));
  },

  async query({ table, artist, after, limit, forward }) {
    const pages = [];
    let next;
    do {
      const found = await parts(table).songs.find({ artist, song: { ">": after } }, { limit, next, reverse: !forward });
      pages.push(found.map((each) => each.song));
      next = found.next;
    } while (next !== undefined);
    return pagesAnswer(pages);
  },

  async query_index({ table, year }) {
    return { count: (await parts(table).songs.find({ year: Number(year) }, { index: INDEX })).length };
  },

  async scan({ table, artist }) {
    return { count: (await parts(table).songs.scan({}, { where: "${artist} = {" + artist + "}" })).length };
  },

  async batch_put({ table: name, items }) {
    const { table, songs } = parts(name);
    for (const part of slices(items, 25)) {
      const batch = {};
      for (const item of part) await songs.create(given(item), { batch, exists: null });
      await table.batchWrite(batch);
    }
  },

  async batch_delete({ table: name, keys }) {
    const { table, songs } = parts(name);
    const batch = {};
    for (const key of keys) await songs.remove(key, { batch });
    await table.batchWrite(batch);
  },

  async batch_get({ table: name, keys }) {
    const { table, songs } = parts(name);
    const batch = {};
    for (const key of keys) await songs.get(key, { batch });
    return { count: (await table.batchGet(batch, { parse: true, hidden: false })).length };
  },

  async transact_put({ table: name, items }) {
    const { table, songs } = parts(name);
    const transaction = {};
    for (const item of items) await songs.create(given(item), { transaction });
    await table.transact("write", transaction);
  },

  async transact_get({ table: name, keys }) {
    const { table, songs } = parts(name);
    const transaction = {};
    for (const key of keys) await songs.get(key, { transaction });
    return { count: (await table.transact("get", transaction, { parse: true, hidden: false })).length };
  },
});
