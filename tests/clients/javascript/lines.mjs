// Requests in, answers out, a line of JSON each, for programs around one of JavaScript's clients.
//
//   {"verb": "get", "input": {"table": ..., "key": {"artist": ..., "song": ...}}}
//   {"output": {...}} or {"error": {"code": ..., "message": ...}} or {"unsupported": "why"}
//
// Items are in the form of DynamoDB's API on the lines; each program gives its client what that takes.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall, NumberValueImpl } from "@aws-sdk/util-dynamodb";

export const INDEX = "by-year";

/** The client has no way of its own to do what is asked. */
export class Unsupported extends Error {}

/** The client that all programs here use: it waits out what is throttled. */
export const client = () => new DynamoDBClient({ maxAttempts: 10 });

/** Answers every request by the program's method of its verb. */
export async function serve(program) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { verb, input } = JSON.parse(line);
    process.stdout.write(JSON.stringify(await answer(program, verb, input)) + "\n");
  }
}

async function answer(program, verb, input) {
  if (!(verb in program)) return { unsupported: `there is no ${verb}` };
  try {
    return { output: (await program[verb](input)) ?? {} };
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: error.message };
    const found = serviceError(error);
    if (found === undefined) return { error: { code: "Unknown", message: `${error.name}: ${error.message}` } };
    return { error: { code: found.name, message: found.message } };
  }
}

/** The service's error in what a client throws, which may be wrapped. */
function serviceError(error) {
  for (let each = error; each instanceof Error; each = each.cause ?? each.err ?? each.context?.err) {
    if (each.$metadata !== undefined || each.name === "Refused") return each;
  }
  return undefined;
}

/** A line's item as JavaScript's values; numbers beyond a double's digits stay whole. */
export function native(item) {
  return unmarshall(bytesOf(item), { wrapNumbers: exact });
}

function exact(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) || String(number) === text ? number : NumberValueImpl.from(text);
}

/** The opposite of `native`. */
export function onLine(item) {
  return textOf(marshall(item, { removeUndefinedValues: true }));
}

const bytesOf = (item) => mapped(item, (text) => Buffer.from(text, "base64"));
export const textOf = (item) => mapped(item, (bytes) => Buffer.from(bytes).toString("base64"));

function mapped(item, binary) {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, converted(value, binary)]));
}

function converted(value, binary) {
  if (value.B !== undefined) return { B: binary(value.B) };
  if (value.M !== undefined) return { M: mapped(value.M, binary) };
  if (value.L !== undefined) return { L: value.L.map((each) => converted(each, binary)) };
  return value;
}

/** The parameters of CreateTable. */
export function tableDefinition(table) {
  return { TableName: table, ...JSON.parse(readFileSync(process.env.TABLE_DEFINITION)) };
}

/** Pages of songs: how many each has, the first song and the last one. */
export function pagesAnswer(pages) {
  const found = pages.filter((page) => page.length > 0);
  return { pages: found.map((page) => page.length), first: found[0]?.[0], last: found.at(-1)?.at(-1) };
}

/** Slices of a list, each of at most `size`. */
export function* slices(list, size) {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
