// Items by their partitions under a table or one of its indexes, whose key names are { hash, range }.
import { compareKeys } from "../../values/attribute.js";

/** The items that have all keys: the others are not in the index. */
export const inIndex = (items, { hash, range }) => items.filter((item) => [...hash, ...range].every((name) => item[name]));

/** Items in the order of their sort keys. */
export const inOrder = (items, { range }) =>
  items.toSorted((a, b) => range.reduce((order, name) => order || compareKeys(a[name], b[name]), 0));

/** [{ key, items }] in the order in which partitions come first; `key` is the partition key as text. */
export function byPartition(items, { hash }) {
  const found = new Map();
  for (const item of items) {
    const key = hash.map((name) => Object.values(item[name])[0]).join(" · ");
    if (found.has(key)) found.get(key).push(item);
    else found.set(key, [item]);
  }
  return [...found].map(([key, those]) => ({ key, items: those }));
}
