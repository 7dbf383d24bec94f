// Edits that are not saved, and saving them: an UpdateItem for each item, on the condition that what
// it changes is still as it was read.
import { dynamodb } from "../../api/client.js";
import { keyOf } from "../../api/tables.js";
import { own, same } from "../../values/attribute.js";

/** What changed between two forms of an item: { name: value, or null where it is gone }. */
export function difference(before, after) {
  const changed = Object.create(null);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [own(before, name), own(after, name)];
    if (!same(old, now)) changed[name] = now ?? null;
  }
  return changed;
}

/** UpdateItem's input for changes of an item as it was read. */
export function updateInput(description, item, changed) {
  const names = {};
  const values = {};
  const sets = [];
  const removes = [];
  const conditions = [];
  description.KeySchema.slice(0, 1).forEach(({ AttributeName }) => {
    names["#k"] = AttributeName;
    conditions.push("attribute_exists(#k)"); // an item that was deleted meanwhile does not come back
  });
  Object.entries(changed).forEach(([name, value], at) => {
    names[`#a${at}`] = name;
    if (value === null) removes.push(`#a${at}`);
    else {
      values[`:new${at}`] = value;
      sets.push(`#a${at} = :new${at}`);
    }
    const old = own(item, name);
    if (old === undefined) conditions.push(`attribute_not_exists(#a${at})`);
    else {
      values[`:old${at}`] = old;
      conditions.push(`#a${at} = :old${at}`);
    }
  });
  const update = [sets.length && `SET ${sets.join(", ")}`, removes.length && `REMOVE ${removes.join(", ")}`];
  return {
    TableName: description.TableName,
    Key: keyOf(description, item),
    UpdateExpression: update.filter(Boolean).join(" "),
    ConditionExpression: conditions.join(" AND "),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: Object.keys(values).length ? values : undefined,
    ReturnValues: "ALL_NEW",
    ReturnConsumedCapacity: "INDEXES",
  };
}

/** Saves changes of one item; returns the item as it is now. */
export async function update(description, item, changed) {
  const { output } = await dynamodb("UpdateItem", updateInput(description, item, changed));
  return output.Attributes;
}

/** Adds an item; an item with its key must not exist. */
export async function add(description, item) {
  const [{ AttributeName }] = description.KeySchema;
  await dynamodb("PutItem", {
    TableName: description.TableName,
    Item: item,
    ConditionExpression: "attribute_not_exists(#k)",
    ExpressionAttributeNames: { "#k": AttributeName },
    ReturnConsumedCapacity: "INDEXES",
  });
}

/** Deletes an item; returns it as it was, whole, or null if it was gone already. */
export async function remove(description, item) {
  const { output } = await dynamodb("DeleteItem", {
    TableName: description.TableName,
    Key: keyOf(description, item),
    ReturnValues: "ALL_OLD",
    ReturnConsumedCapacity: "INDEXES",
  });
  return output.Attributes ?? null;
}

/** The item as it is stored, all of it; null if there is none. */
export async function get(description, item) {
  const { output } = await dynamodb("GetItem", {
    TableName: description.TableName,
    Key: keyOf(description, item),
    ConsistentRead: true,
    ReturnConsumedCapacity: "INDEXES",
  });
  return output.Item ?? null;
}
