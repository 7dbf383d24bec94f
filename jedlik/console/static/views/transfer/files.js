// Items to files and back: CSV, JSON, and DynamoDB JSON, which alone keeps every type.
import { TYPES, own, typeOf } from "../../values/attribute.js";
import { numberProblem } from "../../values/numbers.js";
import { fromPlain, itemToPlain, toPlain } from "../../values/plain.js";
import { csvLine, parseCsv } from "./csv.js";

export const FORMATS = [["csv", "CSV"], ["json", "JSON"], ["lines", "DynamoDB JSON"]];
const MEDIA_TYPES = { csv: "text/csv", json: "application/json", lines: "application/x-ndjson" };

/** A file of items, as a Blob. */
export function toFile(format, items, keyNames) {
  const writers = { csv: toCsv, json: toJson, lines: (all) => all.map((item) => `${JSON.stringify({ Item: item })}\n`) };
  return new Blob(writers[format](items, keyNames), { type: MEDIA_TYPES[format] });
}

function toCsv(items, keyNames) {
  const names = [...new Set([...keyNames, ...items.flatMap(Object.keys)])];
  return [csvLine(names), ...items.map((item) => csvLine(names.map((name) => (item[name] ? cell(item[name]) : ""))))];
}

const cell = (value) => ("S" in value ? value.S : toPlain(value));

const toJson = (items) => ["[\n", items.map((item) => itemToPlain(item)).join(",\n"), "\n]\n"];

/** { items, columns } of a file's text; columns are those of CSV, with the types they were taken for. */
export function fromFile(name, text, types) {
  if (/\.(csv|tsv|txt)$/i.test(name)) return fromCsv(text, types);
  return { items: fromJsonText(text), columns: [] };
}

function fromCsv(text, types) {
  const [names = [], ...rows] = parseCsv(text);
  const columns = names.map((name, at) => {
    const values = rows.map((row) => row[at] ?? "").filter((value) => value !== "");
    const type = own(types, name) ?? (values.length && values.every((value) => numberProblem(value) === null) ? "N" : "S");
    return { name, type };
  });
  return { columns, rows, items: rowsToItems(columns, rows) };
}

/** Items of rows under columns of these types; empty fields are no attributes. */
export function rowsToItems(columns, rows) {
  return rows.map((row) => Object.fromEntries(columns.flatMap(({ name, type }, at) => {
    const text = row[at] ?? "";
    return text === "" || !name ? [] : [[name, fieldValue(type, text)]];
  })));
}

function fieldValue(type, text) {
  if (type === "BOOL") return { BOOL: /^(true|1|yes)$/i.test(text) };
  if (type === "JSON") return fromPlain(text);
  return { [type]: text };
}

const START = /^\s*\[/;

function fromJsonText(text) {
  const parts = START.test(text) ? fromPlain(text).L : text.split("\n").filter((line) => line.trim()).map((line) => fromPlain(line));
  return parts.map((part) => {
    if (!("M" in part)) throw new SyntaxError("an item is an object");
    const wire = wireItem(part.M.Item ?? part);
    return wire ?? part.M;
  });
}

/** An item of plain JSON that is DynamoDB JSON, as the wire has it; null if it is not. */
function wireItem(part) {
  const entries = Object.entries(part.M ?? {});
  if (!entries.length || !entries.every(([, value]) => isWire(value))) return null;
  return Object.fromEntries(entries.map(([name, value]) => [name, unwrapped(value)]));
}

function isWire(value) {
  if (!value.M) return false;
  const [type, ...others] = Object.keys(value.M);
  return others.length === 0 && TYPES.includes(type);
}

function unwrapped(value) {
  const [type] = Object.keys(value.M);
  const content = value.M[type];
  const inner = typeOf(content);
  switch (type) {
    case "M": return { M: Object.fromEntries(Object.entries(content.M).map(([name, each]) => [name, unwrapped(each)])) };
    case "L": return { L: content.L.map(unwrapped) };
    case "SS": case "NS": case "BS": return { [type]: content.L.map((each) => each.S ?? each.N) };
    case "BOOL": case "NULL": return { [type]: Boolean(content.BOOL ?? content.NULL) };
    default: return { [type]: content[inner] };
  }
}

