// DynamoDB-Toolbox: an entity over a table that something else has made.
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  any, BatchDeleteRequest, BatchGetCommand, BatchGetRequest, BatchPutRequest, BatchWriteCommand, binary, boolean, DeleteItemCommand, Entity,
  executeBatchGet, executeBatchWrite, executeTransactGet, executeTransactWrite, GetItemCommand, GetTransaction, item, nul, number,
  PutItemCommand, PutTransaction, QueryCommand, ScanCommand, set, string, Table, UpdateItemCommand,
} from "dynamodb-toolbox";
import { client, INDEX, native, onLine, pagesAnswer, serve, slices, Unsupported } from "./lines.mjs";

const documentClient = DynamoDBDocumentClient.from(client());
const NEW = { attr: "artist", exists: false };

function parts(name) {
  const song = { name: "song", type: "string" };
  const table = new Table({
    documentClient,
    name,
    partitionKey: { name: "artist", type: "string" },
    sortKey: song,
    indexes: { [INDEX]: { type: "global", partitionKey: { name: "year", type: "number" }, sortKey: song } },
  });
  const schema = item({
    artist: string().key(),
    song: string().key(),
    year: number(),
    price: number().optional(),
    live: boolean().optional(),
    note: string().optional(),
    nothing: nul().optional(),
    tags: set(string()).optional(),
    ratings: set(number()).optional(),
    cover: binary().optional(),
    tracks: any().optional(),
    credits: any().optional(),
  });
  return { table, entity: new Entity({ name: "song", table, schema, timestamps: false }) };
}

function given(values) {
  if (String(values.price?.N ?? "").replace(/\D/g, "").length > 17) throw new Unsupported("its numbers are doubles or bigints");
  return native(values);
}

function answered(found) {
  return found === undefined ? {} : { item: onLine(found) };
}

await serve({
  put: async ({ table, item }) => void (await parts(table).entity.build(PutItemCommand).item(given(item)).send()),

  async put_new({ table, item }) {
    await parts(table).entity.build(PutItemCommand).item(given(item)).options({ condition: NEW }).send();
  },

  async get({ table, key }) {
    const { Item } = await parts(table).entity.build(GetItemCommand).key(key).options({ consistent: true }).send();
    return answered(Item);
  },

  async update({ table, key, set, if: conditions = {} }) {
    const [condition] = Object.entries(native(conditions)).map(([attr, eq]) => ({ attr, eq }));
    const options = { returnValues: "ALL_NEW", ...(condition && { condition }) };
    const change = parts(table).entity.build(UpdateItemCommand).item({ ...key, ...given(set) }).options(options);
    return answered((await change.send()).Attributes);
  },

  delete: async ({ table, key }) => void (await parts(table).entity.build(DeleteItemCommand).key(key).send()),

  async query({ table: name, artist, after, limit, forward }) {
    const { table, entity } = parts(name);
    const pages = [];
    let exclusiveStartKey;
    do {
      const command = table.build(QueryCommand).query({ partition: artist, range: { gt: after } }).entities(entity);
      const { Items, LastEvaluatedKey } = await command.options({ limit, reverse: !forward, exclusiveStartKey }).send();
      pages.push(Items.map((each) => each.song));
      exclusiveStartKey = LastEvaluatedKey;
    } while (exclusiveStartKey !== undefined);
    return pagesAnswer(pages);
  },

  async query_index({ table: name, year }) {
    const { table, entity } = parts(name);
    const { Items } = await table.build(QueryCommand).query({ index: INDEX, partition: Number(year) }).entities(entity).send();
    return { count: Items.length };
  },

  async scan({ table: name, limit, artist }) {
    const { table, entity } = parts(name);
    const options = { limit, maxPages: Infinity, filters: { song: { attr: "artist", eq: artist } } };
    return { count: (await table.build(ScanCommand).entities(entity).options(options).send()).Items.length };
  },

  async batch_put({ table, items }) {
    const { entity } = parts(table);
    await writeAll(table, items.map((item) => entity.build(BatchPutRequest).item(given(item))));
  },

  async batch_delete({ table, keys }) {
    const { entity } = parts(table);
    await writeAll(table, keys.map((key) => entity.build(BatchDeleteRequest).key(key)));
  },

  async batch_get({ table: name, keys }) {
    const { table, entity } = parts(name);
    const requests = keys.map((key) => entity.build(BatchGetRequest).key(key));
    const { Responses } = await executeBatchGet(table.build(BatchGetCommand).requests(...requests));
    return { count: Responses[0].filter((each) => each !== undefined).length };
  },

  async transact_put({ table, items }) {
    const { entity } = parts(table);
    await executeTransactWrite(...items.map((item) => entity.build(PutTransaction).item(given(item)).options({ condition: NEW })));
  },

  async transact_get({ table, keys }) {
    const { entity } = parts(table);
    const { Responses } = await executeTransactGet(...keys.map((key) => entity.build(GetTransaction).key(key)));
    return { count: Responses.filter((each) => each.Item !== undefined).length };
  },
});

async function writeAll(name, requests) {
  const { table } = parts(name);
  for (const part of slices(requests, 25)) await executeBatchWrite(table.build(BatchWriteCommand).requests(...part));
}
