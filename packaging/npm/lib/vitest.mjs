// globalSetup of vitest. What it gives is called when all tests are over.

import workers from "./workers.js";

/** A globalSetup whose servers have these options of `jedlik serve`. */
export function withOptions(...options) {
  return async function setup(project) {
    return workers.startServers(Number(project.config.maxWorkers) || 1, options);
  };
}

export default withOptions();
