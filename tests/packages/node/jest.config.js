module.exports = {
  globalSetup: "<rootDir>/jest/dynamodb.setup.js",
  setupFilesAfterEnv: ["jedlik/jest/rollback"],
  testMatch: ["<rootDir>/jest/*.test.js"],
  maxWorkers: 2,
};
