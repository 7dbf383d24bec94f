// Actions that are asked about most.
export const ACTIONS = [
  "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem",
  "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete", "DescribeTable", "UpdateTable", "DeleteTable",
  "UpdateTimeToLive", "TagResource", "CreateBackup", "RestoreTableFromBackup", "GetRecords", "GetShardIterator", "DescribeStream",
].map((name) => `dynamodb:${name}`);

/** The columns of the matrix. */
export const MATRIX = ["GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable", "UpdateTable", "DeleteTable"]
  .map((name) => `dynamodb:${name}`);
