// The query protocol of IAM: parameters to a form, and the answer's XML to objects.
//
// The browser's own parser is not used: to a page without trusted types it is a way for text to
// become markup. The service's XML has elements and text, no attributes that matter, no mixtures.

/** Parameters as a form: lists as Name.member.1, objects as Name.Key. */
export function toForm(input) {
  const form = new URLSearchParams();
  const add = (name, value) => {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) value.forEach((each, at) => add(`${name}.member.${at + 1}`, each));
    else if (typeof value === "object") {
      for (const [key, each] of Object.entries(value)) add(`${name}.${key}`, each);
    } else form.append(name, String(value));
  };
  for (const [name, value] of Object.entries(input)) add(name, value);
  return form.toString();
}

const TOKEN = /<\?[^>]*\?>|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g;
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Elements as objects, texts as strings, `member` elements as lists. */
export function readXml(text) {
  const root = {};
  const open = [{ name: "", children: root, text: "" }];
  for (const [, closes, name, empty, content] of text.matchAll(TOKEN)) {
    if (content !== undefined) open.at(-1).text += unescape(content);
    else if (name === undefined) continue;
    else if (!closes) {
      open.push({ name, children: {}, text: "" });
      if (empty) close(open);
    } else if (open.length > 1) close(open);
  }
  return root;
}

function close(open) {
  const { name, children, text } = open.pop();
  const { member, ...others } = children;
  const parent = open.at(-1).children;
  const value = member !== undefined ? member : Object.keys(others).length ? others : text;
  if (name === "member") parent.member = [...(parent.member ?? []), value];
  else parent[name] = value;
}

function unescape(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });
}

/** A list of the answer: an element that is empty is no list but an empty text. */
export const list = (value) => (Array.isArray(value) ? value : []);
