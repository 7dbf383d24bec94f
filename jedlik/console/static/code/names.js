// Names of operations and parameters as each tool writes them.

/** "ExpressionAttributeNames" with `-` or `_` between its words, as the AWS CLI and boto3 do it. */
export function words(name, between) {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, `$1${between}$2`)
    .replace(/([a-z0-9])([A-Z])/g, `$1${between}$2`)
    .toLowerCase();
}

export const CLIENTS = {
  dynamodb: { cli: "dynamodb", boto3: "dynamodb", javascript: ["DynamoDBClient", "@aws-sdk/client-dynamodb"] },
  dynamodbstreams: { cli: "dynamodbstreams", boto3: "dynamodbstreams", javascript: ["DynamoDBStreamsClient", "@aws-sdk/client-dynamodb-streams"] },
  cloudwatch: { cli: "cloudwatch", boto3: "cloudwatch", javascript: ["CloudWatchClient", "@aws-sdk/client-cloudwatch"] },
  dax: { cli: "dax", boto3: "dax", javascript: ["DAXClient", "@aws-sdk/client-dax"] },
  iam: { cli: "iam", boto3: "iam", javascript: ["IAMClient", "@aws-sdk/client-iam"] },
  sts: { cli: "sts", boto3: "sts", javascript: ["STSClient", "@aws-sdk/client-sts"] },
  lambda: { cli: "lambda", boto3: "lambda", javascript: ["LambdaClient", "@aws-sdk/client-lambda"] },
};
