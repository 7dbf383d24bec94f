import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "jedlik/vitest",
    setupFiles: ["jedlik/vitest/rollback"],
    include: ["vitest/*.test.js"],
    maxWorkers: 2,
  },
});
