// Attribute values as plain JSON and back, with every digit of every number.
//
// JSON.parse makes numbers of JavaScript's of what it reads, so plain JSON is read by a parser of
// our own, which keeps a number's text. Types that JSON has no form of come back as what JSON can
// say: sets as lists, binary as strings; DynamoDB JSON is the form that loses nothing.

/** A value as plain JSON text. */
export function toPlain(value, indent = 0, depth = 0) {
  const [type] = Object.keys(value);
  const content = value[type];
  switch (type) {
    case "N": return content;
    case "NULL": return "null";
    case "S": case "B": case "BOOL": return JSON.stringify(content);
    case "SS": case "BS": return sequence(content.map((each) => JSON.stringify(each)), "[]", indent, depth);
    case "NS": return sequence(content, "[]", indent, depth);
    case "L": return sequence(content.map((each) => toPlain(each, indent, depth + 1)), "[]", indent, depth);
    default: return itemToPlain(content, indent, depth);
  }
}

/** An item, or the content of a map, as plain JSON text. */
export function itemToPlain(item, indent = 0, depth = 0) {
  const entries = Object.entries(item).map(
    ([name, value]) => `${JSON.stringify(name)}:${indent ? " " : ""}${toPlain(value, indent, depth + 1)}`);
  return sequence(entries, "{}", indent, depth);
}

function sequence(parts, brackets, indent, depth) {
  if (!parts.length) return brackets;
  const inner = indent ? `\n${" ".repeat(indent * (depth + 1))}` : "";
  const outer = indent ? `\n${" ".repeat(indent * depth)}` : "";
  return `${brackets[0]}${inner}${parts.join(`,${inner}`)}${outer}${brackets[1]}`;
}

/** Attribute value of a plain JSON text. Raises SyntaxError that names the place. */
export function fromPlain(text) {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const WORDS = { true: { BOOL: true }, false: { BOOL: false }, null: { NULL: true } };
const WORD = /true|false|null/y;

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  next() {
    this.take(SPACE);
    return this.text[this.at];
  }

  fail() {
    const before = this.text.slice(0, this.at).split("\n");
    const place = { line: before.length, column: before.at(-1).length + 1 };
    throw Object.assign(new SyntaxError("invalid JSON"), { place });
  }

  end() {
    if (this.next() !== undefined) this.fail();
  }

  string() {
    const text = this.take(STRING);
    if (text === null) this.fail();
    return JSON.parse(text);
  }

  value() {
    const first = this.next();
    if (first === "{") return { M: this.map() };
    if (first === "[") return { L: this.list() };
    if (first === '"') return { S: this.string() };
    const word = this.take(WORD);
    if (word) return { ...WORDS[word] };
    const number = this.take(NUMBER);
    if (number === null) this.fail();
    return { N: number };
  }

  list() {
    const found = [];
    this.at += 1;
    if (this.next() !== "]") {
      do found.push(this.value()); while (this.comma("]"));
    } else this.at += 1;
    return found;
  }

  map() {
    const found = {};
    this.at += 1;
    if (this.next() !== "}") {
      do {
        this.next();
        const name = this.string();
        if (this.next() !== ":") this.fail();
        this.at += 1;
        Object.defineProperty(found, name, { value: this.value(), enumerable: true, writable: true, configurable: true });
      } while (this.comma("}"));
    } else this.at += 1;
    return found;
  }

  /** Whether there is more; takes the comma, or the end. */
  comma(end) {
    const char = this.next();
    if (char !== "," && char !== end) this.fail();
    this.at += 1;
    return char === ",";
  }
}
