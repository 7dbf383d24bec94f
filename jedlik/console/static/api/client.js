// Calls the server's APIs as every client does: JSON with X-Amz-Target, forms for IAM, paths for
// functions. What is read here is data; nothing of it becomes markup.
import { facts } from "../app/facts.js";
import { credentials, region } from "./credentials.js";
import { ServiceError, fromJson } from "./errors.js";
import { readXml, toForm } from "./query.js";
import { bare } from "../values/attribute.js";

const TARGETS = {
  dynamodb: { target: "DynamoDB_20120810", signing: "dynamodb" },
  dynamodbstreams: { target: "DynamoDBStreams_20120810", signing: "dynamodb" },
  cloudwatch: { target: "GraniteServiceVersion20100801", signing: "monitoring" },
  dax: { target: "AmazonDAXV3", signing: "dax", version: "1.1" },
};
const FORMS = {
  iam: { version: "2010-05-08", signing: "iam" },
  sts: { version: "2011-06-15", signing: "sts" },
};
const listeners = new Set();

/** Has `listener` called with { service, operation, input, output, error, ms } after each call. */
export function onCall(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls one operation; returns { output, ms }. Raises ServiceError. `signal` gives the call up;
 *  `shown` is the operation and its input as SDKs name them, where paths do. */
export async function call(service, operation, input = {}, { signal, shown } = {}) {
  const began = performance.now();
  const done = (result) => {
    const record = { service, operation, input, ...shown, ms: performance.now() - began, ...result };
    for (const listener of listeners) listener(record);
    return record;
  };
  try {
    const send = service === "lambda" ? callPath : service in FORMS ? callForm : callJson;
    return done({ output: bared(await send(service, operation, input, signal)) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const known = error instanceof ServiceError
      ? error
      : new ServiceError("Unreachable", error.message, 0, operation);
    done({ error: known });
    throw known;
  }
}

/** An answer whose items have their attributes and nothing else. */
function bared(output) {
  output.Items?.forEach?.(bare);
  bare(output.Item);
  bare(output.Attributes);
  output.Records?.forEach?.(({ dynamodb: images }) => [images?.Keys, images?.OldImage, images?.NewImage].forEach(bare));
  return output;
}

async function callJson(service, operation, input, signal) {
  const { target, signing, version = "1.0" } = TARGETS[service];
  const answer = await send(signing, {
    method: "POST",
    path: "/",
    headers: {
      "Content-Type": `application/x-amz-json-${version}`,
      "X-Amz-Target": `${target}.${operation}`,
    },
    body: JSON.stringify(input),
    signal,
  });
  return read(answer, operation);
}

async function callForm(service, operation, input, signal) {
  const { version, signing } = FORMS[service];
  const answer = await send(signing, {
    method: "POST",
    path: "/",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: toForm({ Action: operation, Version: version, ...input }),
    signal,
  });
  const document = readXml(await answer.text());
  if (!answer.ok) {
    const { Code, Message } = document.ErrorResponse?.Error ?? document.Error ?? {};
    throw new ServiceError(Code ?? `HTTP ${answer.status}`, Message, answer.status, operation);
  }
  return document[`${operation}Response`]?.[`${operation}Result`] ?? {};
}

/** Functions: `operation` is "GET /2015-03-31/functions/"; `input` { body, headers }. */
async function callPath(_service, operation, input, signal) {
  const [method, path] = operation.split(" ");
  const answer = await send("lambda", {
    method,
    path,
    headers: { ...(input.body === undefined ? {} : { "Content-Type": "application/json" }), ...input.headers },
    body: input.body,
    signal,
  });
  if (!input.raw) return read(answer, operation);
  if (!answer.ok) return read(answer, operation);
  return { text: await answer.text(), headers: answer.headers, status: answer.status };
}

async function read(answer, operation) {
  const text = await answer.text();
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    if (answer.ok) throw new ServiceError("NotJson", text.slice(0, 200), answer.status, operation);
    body = { message: text.slice(0, 500) };
  }
  if (answer.ok) return body;
  throw fromJson(answer.status, { __type: answer.headers.get("x-amzn-errortype") ?? undefined, ...body }, operation);
}

async function send(signing, { method, path, headers, body, signal }) {
  const url = new URL(path, window.location.origin);
  const request = { method, headers, body, signal, cache: "no-store", credentials: "omit" };
  if (!facts.signed) {
    request.headers = { ...headers, ...unsigned(signing) };
    return fetch(url, request);
  }
  const { AwsClient } = await import("../vendor/aws4fetch.js");
  const client = new AwsClient({ ...credentials(), service: signing, region: region(), retries: 0 });
  return fetch(await client.sign(url, request));
}

/** An open server looks at the form of a signature, not at what it says. */
function unsigned(signing) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region()}/${signing}/aws4_request`;
  return {
    "X-Amz-Date": time,
    Authorization: `AWS4-HMAC-SHA256 Credential=console/${scope}, `
      + `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  };
}

/** What the server saw of its traffic: "requests?after=7" or "advice". */
export async function watch(path, signal) {
  return read(await send("cloudtrail", { method: "GET", path: `/console/traffic/${path}`, headers: {}, signal }), path);
}

export const dynamodb = (operation, input, options) => call("dynamodb", operation, input, options);
