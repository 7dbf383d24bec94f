"use strict";
// setupFilesAfterEnv of jest: each test is rolled back.

const { connectWorker, rollBackTests } = require("./workers.js");

rollBackTests({ beforeAll, beforeEach, afterEach }, connectWorker());
