// The sample data as they lie in the table and in each index.
import { html, useMemo, useState } from "../../ui/view.js";
import { Strips } from "../collections/strips.js";
import { identity, indexes, keysOf } from "../../api/tables.js";
import { t } from "../../app/text.js";

const STRIP = 88;
const MOST_STRIPS = 5;

/** `definition` is an input of CreateTable, `colour(item)` the number of an item's colour. */
export function Sample({ definition, items, colour }) {
  const [lit, setLit] = useState(null);
  const all = [{ name: "", label: definition.TableName }, ...indexes(definition).map(({ name }) => ({ name, label: t("collections.under", { name }) }))];
  const id = (item) => identity(definition, item);
  const common = { definition, items, id, colour, lit: lit && id(lit), onPick: setLit };
  return all.map(({ name, label }) => html`<${Under} key=${name} ...${{ ...common, index: name, label }} />`);
}

function Under({ definition, items, index, label, ...rest }) {
  const keys = keysOf(definition, index);
  const tableKeys = keysOf(definition);
  const strips = useMemo(() => collect(items, keys), [items, definition]);
  return html`
    <section class="model-sample" aria-label=${label}>
      <h2>${label}</h2>
      <div class="model-strips" style=${{ height: `${Math.min(strips.length, MOST_STRIPS) * STRIP}px` }}>
        <${Strips} strips=${strips} keys=${keys} tableKeys=${tableKeys} onEnd=${() => {}} ...${rest} />
      </div>
    </section>`;
}

/** Items by partition key, those of one in the order of their sort key. */
function collect(items, { hash, range }) {
  const found = new Map();
  for (const item of items) {
    if (![...hash, ...range].every((name) => item[name])) continue;
    const key = hash.map((name) => plain(item[name])).join(" · ");
    found.set(key, [...(found.get(key) ?? []), item]);
  }
  const order = (one, other) => range.map((name) => compare(one[name], other[name])).find(Boolean) ?? 0;
  return [...found].map(([key, those]) => ({ key, items: those.sort(order) }));
}

const plain = (value) => Object.values(value)[0];

const compare = (one, other) => {
  if (one.N !== undefined && other.N !== undefined) return Number(one.N) - Number(other.N);
  return plain(one) < plain(other) ? -1 : Number(plain(one) > plain(other));
};
