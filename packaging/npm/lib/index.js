"use strict";

const { startServer } = require("./server.js");
const { TestCalls, TestCallError } = require("./calls.js");
const { connectWorker } = require("./workers.js");

let worker;

/** The test calls of the server that this worker of jest or vitest talks to. */
function testCalls() {
  return (worker ??= connectWorker());
}

module.exports = { startServer, testCalls, TestCalls, TestCallError };
