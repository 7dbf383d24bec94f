"use strict";
// Test runners work in several processes at once, and a rollback is of a whole server: so each
// worker has a server of its own. The runner's global setup starts them, and workers find theirs by
// their number.

const { startServer, environmentOf } = require("./server.js");
const { TestCalls } = require("./calls.js");

const VARIABLE = "JEDLIK_SERVERS";
const BEGINNING = "jedlik.beginning"; // the snapshot that each file of tests begins with

/** Starts as many servers, one for each worker, and puts the first one's variables into the environment. */
async function startServers(count, options = []) {
  const starting = await Promise.allSettled(
    Array.from({ length: Math.max(1, count) }, () => startServer({ options })),
  );
  const servers = starting.filter((each) => each.status === "fulfilled").map((each) => each.value);
  const stop = async () => void (await Promise.all(servers.map((each) => each.stop())));
  const failed = starting.find((each) => each.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  await Promise.all(servers.map((each) => each.calls.snapshot(BEGINNING)));
  process.env[VARIABLE] = JSON.stringify(servers.map(({ url, adminUrl }) => ({ url, adminUrl })));
  setEnvironment(servers[0].url);
  return stop;
}

/** The test calls of this worker's server, whose variables are in the environment from now on. */
function connectWorker() {
  const servers = JSON.parse(process.env[VARIABLE] ?? "[]");
  if (!servers.length) {
    throw new Error("jedlik: no server was started; is jedlik/jest or jedlik/vitest the globalSetup?");
  }
  const number = Number(process.env.JEST_WORKER_ID ?? process.env.VITEST_POOL_ID ?? "1");
  if (number > servers.length) {
    throw new Error(`jedlik: ${servers.length} servers were started, and this is worker ${number}`);
  }
  const { url, adminUrl } = servers[number - 1];
  setEnvironment(url);
  return new TestCalls(adminUrl);
}

function setEnvironment(url) {
  Object.assign(process.env, environmentOf(url));
  // What would lead clients elsewhere, or sign with the developer's own session.
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"]) delete process.env[name];
}

/**
 * Has each file of tests begin with what the servers began with, and undoes what each test changes.
 * What a file's own `beforeAll` makes is there in all of its tests.
 */
function rollBackTests({ beforeAll, beforeEach, afterEach }, calls) {
  let before;
  // At a file's beginning and not at its end, where its own `afterAll` may still need its tables.
  beforeAll(() => calls.restore(BEGINNING));
  beforeEach(async () => {
    before = await calls.snapshot();
    await calls.clearRequests();
  });
  afterEach(async () => {
    await calls.clearFaults();
    await calls.restore(before);
    await calls.forget(before);
  });
}

module.exports = { startServers, connectWorker, rollBackTests };
