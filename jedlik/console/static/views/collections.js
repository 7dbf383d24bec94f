// The single-table view: partitions as strips, their items as blocks in sort order, coloured by
// entity type; below it the same items under each index.
import { html, useCallback, useMemo, useState } from "../ui/view.js";
import { Segments } from "../ui/fields.js";
import { Empty, ErrorNote, Waiting } from "../ui/notes.js";
import { identity, indexes, keyTypes, keysOf } from "../api/tables.js";
import { setParams } from "../app/router.js";
import { t } from "../app/text.js";
import { colours, entityType } from "../values/entity.js";
import { ItemPanel } from "./items/panel.js";
import { usePages } from "./items/pages.js";
import { typed } from "./items/request.js";
import { byPartition, inIndex, inOrder } from "./collections/partitions.js";
import { Strips } from "./collections/strips.js";

const PAGE = 500;

export default function Collections({ description, params, reload }) {
  const [lit, setLit] = useState(null);
  const [types, setTypes] = useState(new Map());
  const tableKeys = keysOf(description);
  const names = [tableKeys.hash[0], tableKeys.range[0]];
  const palette = useMemo(() => colours(types.keys()), [types]);
  const id = useCallback((item) => identity(description, item), [description]);
  const note = useCallback((items) => setTypes((old) => {
    const next = new Map(old);
    for (const item of items) {
      const type = entityType(item, names);
      if (type && !next.has(type)) next.set(type, true);
    }
    return next.size === old.size ? old : next;
  }), [names.join()]);
  const shown = params.getAll("under");
  const all = [{ name: "", label: t("items.table") }, ...indexes(description).map(({ name }) => ({ name, label: name }))];
  const open = shown.length ? all.filter(({ name }) => shown.includes(name || "table")) : all.slice(0, 3);
  const common = {
    description, id, note, lit: lit && id(lit), onPick: setLit,
    colour: (item) => palette.get(entityType(item, names)),
  };
  return html`
    <section class="fill">
      <form class="bar" onSubmit=${(event) => event.preventDefault()}>
        <${Partition} params=${params} keyName=${tableKeys.hash[0]} />
        <${Segments} label=${t("collections.order")} value=${params.get("order") ?? "stored"}
          options=${[["stored", t("collections.stored")], ["size", t("collections.largest")]]}
          onChange=${(order) => setParams({ order: order === "size" ? order : undefined })} />
        <${Segments} label=${t("collections.width")} value=${params.get("width") ?? "same"}
          options=${[["same", t("collections.same")], ["bytes", t("collections.by_size")]]}
          onChange=${(width) => setParams({ width: width === "bytes" ? width : undefined })} />
        <span class="spring"></span>
        <ul class="legend" aria-label=${t("collections.types")}>
          ${[...palette].map(([type, at]) => html`<li key=${type}><span class="swatch" style=${{ background: `var(--type-${at})` }}></span>${type}</li>`)}
        </ul>
      </form>
      <div class="work">
        <div class="work-main collections">
          ${open.map(({ name, label }) => html`<${Under} key=${name} ...${{ ...common, index: name, label, params }} />`)}
        </div>
        ${lit && html`<${ItemPanel} key=${id(lit)} description=${description} item=${lit} onClose=${() => setLit(null)}
          onSaved=${reload} />`}
      </div>
    </section>`;
}

/** One partition instead of all, and where in it to begin. */
function Partition({ params, keyName }) {
  const change = (name) => (event) => setParams({ [name]: event.target.value });
  return html`
    <label class="row"><span class="mono">${keyName}</span>
      <input type="text" class="mono" data-filter placeholder=${t("collections.all")} spellcheck=${false} value=${params.get("pk") ?? ""} onChange=${change("pk")} /></label>
    ${params.get("pk") && html`
      <label class="row">${t("collections.from")}
        <input type="text" class="mono" spellcheck=${false} value=${params.get("from") ?? ""} onChange=${change("from")} /></label>`}`;
}

/** The table, or an index, as strips. Of one partition the items are the same under every index:
 *  they are read once, and put in each index's order here. */
function Under({ description, index, label, params, note, ...rest }) {
  const keys = keysOf(description, index);
  const partition = params.get("pk");
  const tableKeys = keysOf(description);
  const ask = useMemo(
    () => (partition ? query(description, tableKeys, partition, params.get("from")) : scan(description, index)),
    [description, index, partition, params.get("from")]);
  const pages = usePages(ask);
  useMemo(() => note(pages.items), [pages.items]);
  const strips = useMemo(() => {
    const all = byPartition(partition && index ? inOrder(inIndex(pages.items, keys), keys) : pages.items, keys);
    return params.get("order") === "size" ? all.sort((a, b) => b.items.length - a.items.length) : all;
  }, [pages.items, params.get("order"), partition]);
  return html`
    <section class="under" aria-label=${index ? t("collections.under", { name: label }) : t("items.table")}>
      <header class="under-head">
        <h2>${index ? t("collections.under", { name: label }) : t("items.table")}</h2>
        <span class="muted number">${t("collections.figures", { partitions: strips.length, items: pages.items.length })}
          ${pages.done ? ` · ${t("items.all")}` : html` · <button class="quiet" disabled=${pages.busy} onClick=${pages.more}>${t("items.next")}</button>`}</span>
      </header>
      <${ErrorNote} error=${pages.error} retry=${pages.reload} />
      <${Waiting} slow=${pages.slow && !strips.length} />
      ${strips.length === 0 && pages.done && html`<${Empty} title=${t("items.none")} text=${t("collections.none")} />`}
      <${Strips} strips=${strips} keys=${keys} tableKeys=${tableKeys} onEnd=${pages.more} bySize=${params.get("width") === "bytes"} ...${rest} />
    </section>`;
}

const scan = (description, index) => ({
  operation: "Scan",
  input: { TableName: description.TableName, IndexName: index || undefined, Limit: PAGE, ReturnConsumedCapacity: "INDEXES" },
});

function query(description, keys, partition, from) {
  const types = keyTypes(description);
  const begins = from && keys.range.length;
  return {
    operation: "Query",
    input: {
      TableName: description.TableName,
      KeyConditionExpression: begins ? "#pk = :pk AND #sk >= :sk" : "#pk = :pk",
      ExpressionAttributeNames: { "#pk": keys.hash[0], ...(begins ? { "#sk": keys.range[0] } : {}) },
      ExpressionAttributeValues: {
        ":pk": typed(types[keys.hash[0]], partition),
        ...(begins ? { ":sk": typed(types[keys.range[0]], from) } : {}),
      },
      Limit: PAGE,
      ReturnConsumedCapacity: "INDEXES",
    },
  };
}
