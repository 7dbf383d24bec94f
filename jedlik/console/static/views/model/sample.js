// The sample data as they lie in the table and in each index.
import { html, useMemo, useState } from "../../ui/view.js";
import { byPartition, inIndex, inOrder } from "../collections/partitions.js";
import { STRIP, Strips } from "../collections/strips.js";
import { identity, indexes, keysOf } from "../../api/tables.js";
import { t } from "../../app/text.js";

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
  const strips = useMemo(() => byPartition(inIndex(items, keys), keys)
    .map((strip) => ({ ...strip, items: inOrder(strip.items, keys) })), [items, definition]);
  return html`
    <section class="model-sample" aria-label=${label}>
      <h2>${label}</h2>
      <div class="model-strips" style=${{ height: `${Math.min(strips.length, MOST_STRIPS) * STRIP}px` }}>
        <${Strips} strips=${strips} keys=${keys} tableKeys=${tableKeys} onEnd=${() => {}} ...${rest} />
      </div>
    </section>`;
}
