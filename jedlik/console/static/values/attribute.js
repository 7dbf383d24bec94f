// Attribute values as the wire has them ({ S: "x" }): their type, and how they are shown and typed.

export const TYPES = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];
const MAX_SHOWN = 400;

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

export function toBase64(data) {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return btoa(text);
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

/** Values are equal if their bytes on the wire are; the order in sets and maps does not matter. */
export function same(left, right) {
  return left === right || (left && right && canonical(left) === canonical(right));
}

export function canonical(value) {
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
