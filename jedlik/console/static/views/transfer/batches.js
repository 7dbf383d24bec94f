// Many writes: batches of 25, some at a time; what a table has no capacity for is tried again.
import { dynamodb } from "../../api/client.js";
import { keyOf } from "../../api/tables.js";
import { inParallel, pause } from "../../ui/async.js";

const BATCH = 25;
const WIDTH = 4;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5000;

/** Writes items; `report(done)` after each batch. Returns { written, failed: [{ error, items }] }. */
export async function putAll(description, items, signal, report) {
  const name = description.TableName;
  // A batch takes a key once: of several items with one key the last counts, as if they were put in turn.
  const last = new Map(items.map((item) => [JSON.stringify(keyOf(description, item)), item]));
  const distinct = [...last.values()];
  const batches = [];
  for (let at = 0; at < distinct.length; at += BATCH) batches.push(distinct.slice(at, at + BATCH));
  const failed = [];
  let written = 0;
  await inParallel(batches, WIDTH, async (batch) => {
    if (signal.aborted) return;
    try {
      await writeBatch(name, batch.map((Item) => ({ PutRequest: { Item } })), signal);
      written += batch.length;
    } catch (error) {
      if (error.name === "AbortError") return;
      failed.push({ error, items: batch });
    }
    report(written);
  });
  return { written, failed };
}

async function writeBatch(name, requests, signal) {
  let left = requests;
  let wait = FIRST_WAIT_MS;
  while (left.length) {
    const { output } = await dynamodb("BatchWriteItem", { RequestItems: { [name]: left }, ReturnConsumedCapacity: "TOTAL" }, { signal });
    left = output.UnprocessedItems?.[name] ?? [];
    if (left.length) {
      await pause(wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }
}
