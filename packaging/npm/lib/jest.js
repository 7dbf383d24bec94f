"use strict";
// globalSetup of jest. Servers end with the process; there is nothing to tear down.

const { startServers } = require("./workers.js");

const STOP = Symbol.for("jedlik.stop");

/** A globalSetup whose servers have these options of `jedlik serve`. */
function withOptions(...options) {
  return async function setup(globalConfig) {
    await globalThis[STOP]?.(); // of the run before, in watch mode
    globalThis[STOP] = await startServers(globalConfig.maxWorkers, options);
  };
}

module.exports = withOptions();
module.exports.withOptions = withOptions;
