// setupFiles of vitest: each test is rolled back.

import { afterEach, beforeAll, beforeEach } from "vitest";

import workers from "./workers.js";

workers.rollBackTests({ beforeAll, beforeEach, afterEach }, workers.connectWorker());
