"use strict";
// With a real server: what runs it is found as users' is (JEDLIK_COMMAND).

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");

const { startServer, TestCallError } = require("../lib/index.js");

const ORDERS = {
  TableName: "orders",
  BillingMode: "PAY_PER_REQUEST",
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
};
let server;

before(async () => (server = await startServer()));
after(() => server.stop());

/** A request without an SDK: an open server looks at no signature. */
async function send(operation, parameters) {
  const answer = await fetch(server.url, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `DynamoDB_20120810.${operation}`,
      "X-Amz-Date": "20240101T000000Z",
      Authorization:
        "AWS4-HMAC-SHA256 Credential=jedlik/20240101/us-east-1/dynamodb/aws4_request, " +
        `SignedHeaders=host;x-amz-date;x-amz-target, Signature=${"0".repeat(64)}`,
    },
    body: JSON.stringify(parameters),
  });
  return answer.json();
}

test("snapshots, restore and reset", async () => {
  const { calls } = server;
  const empty = await calls.snapshot();
  await send("CreateTable", ORDERS);
  assert.deepEqual((await send("ListTables", {})).TableNames, ["orders"]);
  await calls.restore(empty);
  assert.deepEqual((await send("ListTables", {})).TableNames, []);
  await calls.forget(empty);
  await assert.rejects(calls.restore(empty), TestCallError);
  await send("CreateTable", ORDERS);
  await calls.reset();
  assert.deepEqual((await send("ListTables", {})).TableNames, []);
});

test("seeds, the clock and recorded requests", async () => {
  const { calls } = server;
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "jedlik-test-")), "orders.json");
  fs.writeFileSync(file, JSON.stringify(ORDERS));
  assert.equal((await calls.seed(file))[0].tables, 1);
  assert.ok((await calls.advance(3600)).ahead >= 3600);
  await calls.clearRequests();
  for (let i = 0; i < 3; i++) {
    await send("PutItem", { TableName: "orders", Item: { id: { S: String(i) } } });
  }
  const puts = await calls.requests("PutItem");
  assert.deepEqual(puts.map((each) => each.parameters.Item.id.S), ["0", "1", "2"]);
  assert.deepEqual(await calls.requests("GetItem"), []);
  await calls.reset();
});

test("faults strike until they are taken away", async () => {
  const { calls } = server;
  const fault = await calls.fault({ operation: "ListTables", throttle: true });
  assert.match((await send("ListTables", {})).__type, /Throttling|ThroughputExceeded/);
  await fault.remove();
  assert.deepEqual((await send("ListTables", {})).TableNames, []);
});

test("the variables lead to it", () => {
  assert.equal(server.environment().AWS_ENDPOINT_URL_DYNAMODB, server.url);
});

test("a server that cannot start says why", async () => {
  await assert.rejects(startServer({ options: ["--workers", "2"] }), /--memory belongs to one process/);
  await assert.rejects(startServer({ command: ["/no/such/program"] }), /ENOENT/);
});

test("one that was stopped does not answer", async () => {
  const other = await startServer({ options: ["--region", "eu-west-1"] });
  await other.stop();
  await other.stop();
  await assert.rejects(fetch(other.url));
});
