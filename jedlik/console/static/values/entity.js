// What kind of thing an item is, as single-table designs say it: the part of its key before the
// first separator, or an attribute that names its type.

const SEPARATOR = /[#|/:~]/;
const NAMED = ["entityType", "EntityType", "entity_type", "_type", "__typename", "Type", "type", "entity", "Entity"];
export const COLOURS = 8;

/** The name of an item's entity type. `keyNames` are its table's partition and sort key. */
export function entityType(item, [hash, range]) {
  const named = NAMED.find((name) => item[name]?.S);
  if (named) return item[named].S;
  const sort = range && item[range]?.S;
  if (sort && (SEPARATOR.test(sort) || /^[A-Z_]+$/.test(sort))) return sort.split(SEPARATOR)[0];
  const partition = item[hash]?.S;
  return partition && SEPARATOR.test(partition) ? partition.split(SEPARATOR)[0] : "";
}

/** Numbers of colours by type, in the order of their names: the same set has the same colours. */
export function colours(types) {
  const sorted = [...new Set(types)].filter(Boolean).sort();
  return new Map(sorted.map((type, at) => [type, at % COLOURS]));
}
