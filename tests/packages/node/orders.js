// A program as users write it: it knows nothing of the server it talks to.
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } = require("@aws-sdk/lib-dynamodb");

const TableName = "orders";
let client;
const documents = () => (client ??= DynamoDBDocumentClient.from(new DynamoDBClient({})));

exports.place = (order) =>
  documents().send(
    new PutCommand({ TableName, Item: order, ConditionExpression: "attribute_not_exists(id)" }),
  );
exports.find = async (id) => (await documents().send(new GetCommand({ TableName, Key: { id } }))).Item;
exports.count = async () => (await documents().send(new ScanCommand({ TableName, Select: "COUNT" }))).Count;
