// Columns of items: the union of their attributes, keys first, then by how often they occur.
import { display, typeOf } from "../../values/attribute.js";
import { html } from "../../ui/view.js";
import { t } from "../../app/text.js";

const MOST = 60;
const SAMPLE = 1000;
const CHAR = 7.5;

/** Names of attributes in the order of their columns, and how many are left out. */
export function attributeOrder(keyNames, items) {
  const seen = new Map();
  for (const item of items.slice(0, SAMPLE)) {
    for (const name of Object.keys(item)) seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  const others = [...seen.keys()].filter((name) => !keyNames.includes(name))
    .sort((a, b) => seen.get(b) - seen.get(a) || (a < b ? -1 : 1));
  const all = [...new Set(keyNames), ...others];
  return { shown: all.slice(0, MOST), hidden: Math.max(0, all.length - MOST) };
}

/** A value in a cell: its type as a small mark, then itself. */
export function Value({ value }) {
  const type = typeOf(value);
  return html`<span class="mark" aria-hidden="true">${type}</span><span class=${`value type-${type}`} title=${`${t(`type.${type}`)}`}>${display(value)}</span>`;
}

/** The grid's columns; `changed(item, name)` gives an edited value, null where it is removed. */
export function itemColumns(order, keyNames, items, changed) {
  const numeric = new Set(order.filter((name) => items.slice(0, 50).every((item) => !item[name] || "N" in item[name])
    && items.some((item) => item[name])));
  return order.map((name) => ({
    id: name,
    label: name,
    title: keyNames.includes(name) ? `${name} (${t("items.key")})` : name,
    header: keyNames.includes(name) ? html`<strong>${name}</strong>` : name,
    width: widthOf(name, items),
    align: numeric.has(name) ? "right" : undefined,
    cellClass: (item) => (changed(item, name) !== undefined ? "changed" : ""),
    cell: (item) => {
      const edited = changed(item, name);
      const value = edited === undefined ? item[name] : edited;
      return value ? html`<${Value} value=${value} />` : "";
    },
  }));
}

function widthOf(name, items) {
  let longest = name.length;
  for (const item of items.slice(0, 50)) {
    if (item[name]) longest = Math.max(longest, display(item[name]).length + typeOf(item[name]).length + 1);
  }
  return Math.max(72, Math.min(320, Math.ceil(longest * CHAR / 8) * 8 + 16));
}
