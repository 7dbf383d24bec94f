// The driver of JavaScript's client of DAX: requests in, answers out, a line of JSON each, in the form of
// DynamoDB's API.
//
//   {"operation": "GetItem", "input": {"TableName": ...}}
//   {"output": {...}} or {"error": {"code": ..., "message": ..., "reasons": [...]}}
//
// The first argument is the endpoint: dax:// and daxs:// take the client of DAX, http:// that of DynamoDB.
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import dax from "@amazon-dax-sdk/client-dax";

const SECONDS = 10;
const endpoint = process.argv[2];
const credentials = {
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
};
const Client = endpoint.startsWith("http") ? DynamoDB : dax.Dax;
const client = new Client({ endpoint, region: process.env.AWS_REGION, credentials });

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, input } = JSON.parse(line, bytesOf);
  process.stdout.write(JSON.stringify(await answer(operation, input), textOf) + "\n");
}

async function answer(operation, input) {
  try {
    const asked = client[operation[0].toLowerCase() + operation.slice(1)](input);
    const { $metadata, ...output } = await Promise.race([asked, overdue()]);
    return { output };
  } catch (error) {
    const reasons = error.CancellationReasons ?? error.cancellationReasons;
    return { error: { code: error.code ?? error.name, message: error.message, reasons } };
  }
}

/** Fails after a while: if no node can be reached, the client of DAX waits forever. */
async function overdue() {
  await setTimeout(SECONDS * 1000, undefined, { ref: false });
  throw new Error(`no answer within ${SECONDS} s`);
}

/** Of JSON's members, those that hold binary: as bytes. */
function bytesOf(name, value) {
  if (name === "B" && typeof value === "string") return Buffer.from(value, "base64");
  return name === "BS" && Array.isArray(value) ? value.map((each) => Buffer.from(each, "base64")) : value;
}

/** The opposite, as `JSON.stringify` calls it: `this` still has the bytes, `value` may not. */
function textOf(name, value) {
  const bytes = this[name];
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString("base64") : value;
}
