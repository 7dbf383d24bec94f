// Tables as views want them: descriptions, kept for some seconds, and what belongs to them.
import { dynamodb } from "./client.js";

const FRESH_MS = 3000;
const known = new Map();
const listeners = new Set();
const readers = new Set();

/** All names of tables, in order; `report(names)` with those that have come, after each page. */
export async function tableNames(report, signal) {
  let names = [];
  let after;
  do {
    const { output } = await dynamodb("ListTables", { ExclusiveStartTableName: after, Limit: 100 }, { signal });
    names = [...names, ...output.TableNames];
    report(names);
    after = output.LastEvaluatedTableName;
  } while (after);
  return names;
}

/** The description of a table; `fresh` asks the server whatever is kept. */
export async function describe(name, { fresh = false } = {}) {
  const entry = known.get(name);
  if (!fresh && entry && performance.now() - entry.at < FRESH_MS) return entry.table;
  const table = dynamodb("DescribeTable", { TableName: name }).then(({ output }) => output.Table);
  known.set(name, { at: performance.now(), table });
  try {
    const found = await table;
    for (const reader of readers) reader(found);
    return found;
  } catch (error) {
    known.delete(name);
    throw error;
  }
}

/** What the description does not say: expiry, recovery, tags. Parts that are refused are null. */
export async function details(table) {
  const ask = (operation, input) => dynamodb(operation, input).then((done) => done.output, () => null);
  const [ttl, backups, tags] = await Promise.all([
    ask("DescribeTimeToLive", { TableName: table.TableName }),
    ask("DescribeContinuousBackups", { TableName: table.TableName }),
    ask("ListTagsOfResource", { ResourceArn: table.TableArn }),
  ]);
  return {
    ttl: ttl?.TimeToLiveDescription ?? null,
    recovery: backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? null,
    tags: tags?.Tags ?? null,
  };
}

/** Tell every view that shows tables that one was made, changed or deleted. */
export function tablesChanged() {
  known.clear();
  for (const listener of listeners) listener();
}

export function onTablesChanged(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls `reader(table)` with each description that the server sends; returns what ends that. */
export function onDescribed(reader) {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** The key schema of a table or index as { hash: [names], range: [names] }. */
function keySchema(schema) {
  const of = (kind) => schema.filter((key) => key.KeyType === kind).map((key) => key.AttributeName);
  return { hash: of("HASH"), range: of("RANGE") };
}

/** Indexes of a table: { name, kind: "gsi" | "lsi", hash, range, projection, status, ... }. */
export function indexes(table) {
  const of = (kind, list) => (list ?? []).map((index) => ({
    name: index.IndexName,
    kind,
    ...keySchema(index.KeySchema),
    projection: index.Projection ?? {},
    status: index.IndexStatus ?? "ACTIVE",
    items: index.ItemCount ?? 0,
    size: index.IndexSizeBytes ?? 0,
    throughput: index.ProvisionedThroughput,
    arn: index.IndexArn,
  }));
  return [...of("gsi", table.GlobalSecondaryIndexes), ...of("lsi", table.LocalSecondaryIndexes)];
}

/** The keys by which a table, or one of its indexes, is read. */
export function keysOf(table, indexName) {
  if (!indexName) return keySchema(table.KeySchema);
  const index = indexes(table).find((each) => each.name === indexName);
  return index ? { hash: index.hash, range: index.range } : { hash: [], range: [] };
}

/** Types of key attributes by name. */
export const keyTypes = (table) =>
  Object.fromEntries(table.AttributeDefinitions.map((each) => [each.AttributeName, each.AttributeType]));

/** The key of an item: what the table's schema names. */
export function keyOf(table, item) {
  return Object.fromEntries(table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
}

/** A text by which an item is known among those of its table. */
export const identity = (table, item) => JSON.stringify(Object.values(keyOf(table, item)));

export const isOnDemand = (table) => table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
