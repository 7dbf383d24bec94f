// Attribute values as the wire has them ({ S: "x" }): their type, and how they are shown and typed.

import { compareNumbers } from "./numbers.js";

export const TYPES = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];
const MAX_SHOWN = 400;

/** A member that an object has itself: an attribute may be called `constructor`, which all objects have. */
export const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

/** The same item, without what objects have from JavaScript: of it `item[name]` is an attribute or nothing. */
export const bare = (item) => (item ? Object.setPrototypeOf(item, null) : item);

export const typeOf = (value) => Object.keys(value)[0];
export const isDocument = (value) => "L" in value || "M" in value;

/** Bytes of a text in base64, or null if it is none. */
export function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Binary for people: as text where it is printable UTF-8, else in hexadecimal. */
export function readable(base64) {
  const data = fromBase64(base64) ?? new Uint8Array();
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    if (text && !/[\p{Cc}\p{Cf}]/u.test(text)) return `"${text}"`;
  } catch {
    // not UTF-8
  }
  const shown = [...data.slice(0, 32)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return data.length > 32 ? `${shown} … ${data.length} B` : shown || "0 B";
}

/** A value in one line, without its type. */
export function display(value) {
  const type = typeOf(value);
  const content = value[type];
  switch (type) {
    case "S": return cut(content);
    case "N": return content;
    case "B": return readable(content);
    case "BOOL": return String(content);
    case "NULL": return "NULL";
    case "SS": return cut(`{ ${content.map((each) => JSON.stringify(each)).join(", ")} }`);
    case "NS": return cut(`{ ${content.join(", ")} }`);
    case "BS": return cut(`{ ${content.map(readable).join(", ")} }`);
    case "L": return cut(`[ ${content.slice(0, 8).map(nested).join(", ")}${content.length > 8 ? ", …" : ""} ]`);
    default: return cut(displayMap(content));
  }
}

function displayMap(content) {
  const entries = Object.entries(content);
  const shown = entries.slice(0, 8).map(([name, each]) => `${name}: ${nested(each)}`).join(", ");
  return `{ ${shown}${entries.length > 8 ? ", …" : ""} }`;
}

function nested(value) {
  return "S" in value ? JSON.stringify(value.S) : display(value);
}

const cut = (text) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

const encoder = new TextEncoder();

/** How two values of a key attribute compare: numbers by value, the rest by bytes. */
export function compareKeys(left, right) {
  if ("N" in left) return compareNumbers(left.N, right.N);
  const [a, b] = [left, right].map((value) => ("S" in value ? encoder.encode(value.S) : fromBase64(value.B)));
  const at = a.findIndex((byte, place) => byte !== b[place]);
  if (at < 0) return Math.sign(a.length - b.length);
  return at >= b.length || a[at] > b[at] ? 1 : -1;
}

/** Values are equal if their bytes on the wire are; the order in sets and maps does not matter. */
export function same(left, right) {
  return left === right || (left && right && canonical(left) === canonical(right));
}

function canonical(value) {
  return JSON.stringify(value, (_key, each) => {
    if (Array.isArray(each)) return each;
    if (each && typeof each === "object") {
      const entries = Object.keys(each).sort().map((key) => {
        const isSet = (key === "SS" || key === "NS" || key === "BS") && Array.isArray(each[key]);
        return [key, isSet ? [...each[key]].sort() : each[key]];
      });
      return Object.fromEntries(entries);
    }
    return each;
  });
}
