// Items of a table: what is read stands in the address; the grid is edited in place, the panel
// beside it shows one item whole.
import { html, useCallback, useMemo, useState } from "../ui/view.js";
import { Grid } from "../ui/grid.js";
import { Segments } from "../ui/fields.js";
import { Empty, ErrorNote, Waiting, tell } from "../ui/notes.js";
import { inParallel } from "../ui/async.js";
import { region } from "../api/credentials.js";
import { identity, indexes, keysOf } from "../api/tables.js";
import { isReadOnly } from "../app/facts.js";
import { setParams } from "../app/router.js";
import { t, tenths } from "../app/text.js";
import { generate } from "../code/generate.js";
import { Builder } from "./items/builder.js";
import { attributeOrder, itemColumns } from "./items/columns.js";
import { add, remove } from "./items/changes.js";
import { useCellEditing, Review } from "./items/cells.js";
import { ItemPanel, NewItemPanel } from "./items/panel.js";
import { usePages } from "./items/pages.js";
import { readParams, request, writeParams } from "./items/request.js";
import { JsonList } from "./items/json_list.js";
import { ExportMenu } from "./transfer/export.js";
import { ImportPanel } from "./transfer/import.js";

const LARGE = 10_000;
const DELETE_WIDTH = 8;

export default function Items({ description, params, reload }) {
  const asked = useMemo(() => readParams(params), [params.toString()]);
  const [confirmed, setConfirmed] = useState(null);
  const [selected, setSelected] = useState(new Set());
  const [aside, setAside] = useState(null);
  const { hash, range } = keysOf(description, asked.index);
  const isReady = asked.mode === "scan" || (asked.pk.length >= hash.length && asked.pk.every(Boolean));
  const text = JSON.stringify(asked);
  const costly = asked.mode === "scan" && (asked.filters.length > 0 || asked.segments > 1)
    && description.ItemCount >= LARGE && confirmed !== text;
  const ask = useMemo(() => (isReady && !costly ? request(description, asked) : null), [text, isReady, costly, description]);
  const pages = usePages(ask, asked.mode === "scan" ? asked.segments : 1);
  const tableKeys = description.KeySchema.map((key) => key.AttributeName);
  const keyNames = [...new Set([...hash, ...range, ...tableKeys])];
  const index = indexes(description).find((each) => each.name === asked.index);
  const isWhole = asked.attributes.length === 0 && (!index || index.projection.ProjectionType === "ALL");
  const order = useMemo(() => attributeOrder(keyNames, pages.items), [pages.items, keyNames.join()]);
  const id = useCallback((item) => identity(description, item), [description]);
  const editing = useCellEditing({ description, id, tableKeys, order: order.shown, items: pages.items, enabled: isWhole && !isReadOnly() });
  const columns = useMemo(
    () => itemColumns(order.shown, keyNames, pages.items, editing.changed), [order, pages.items, editing.changed]);
  const run = (next) => {
    setSelected(new Set());
    if (JSON.stringify(next) === text) pages.reload();
    else setParams(writeParams(next), {});
  };
  const replaceItem = (now) => pages.replace((items) => items.map((each) => (id(each) === id(now) ? now : each)));
  const drop = (items) => deleteItems({ description, items, id, pages, reload, onDone: () => { setSelected(new Set()); setAside(null); } });
  const rowClass = useCallback((item) => (aside?.item && id(aside.item) === id(item) ? "shown" : ""), [aside, id]);
  const form = params.get("as") ?? "table";
  const close = () => setAside(null);
  const onKey = (event, item, row, column) => editing.onKey(event, item, row, column) || (Boolean(item)
    && event.key === "Delete" && !isReadOnly()
    && (drop(selected.size ? pages.items.filter((each) => selected.has(id(each))) : [item]), true));

  return html`
    <section class="fill items">
      <${Builder} ...${{ description, asked, busy: pages.busy }} onRun=${run} />
      <div class="bar">
        <${Status} ...${{ pages, ask, order }} />
        <span class="spring"></span>
        <${Segments} label=${t("items.as")} value=${form} options=${[["table", t("items.as_table")], ["json", "JSON"]]} onChange=${(as) => setParams({ as: as === "json" ? as : undefined })} />
        ${!isReadOnly() && html`
          ${selected.size > 0 && html`<button class="danger" onClick=${() => drop(pages.items.filter((each) => selected.has(id(each))))}>${t("items.delete", { count: selected.size })}</button>`}
          <button onClick=${() => setAside({ kind: "new" })}>+ ${t("items.add")}</button>
          <button onClick=${() => setAside({ kind: "import" })}>${t("import.title")}</button>`}
        ${ask && html`<${ExportMenu} name=${description.TableName} items=${pages.items} ask=${ask} done=${pages.done} keyNames=${keyNames} />`}
      </div>
      <${ErrorNote} error=${pages.error} retry=${pages.more} />
      ${costly && html`<${Costly} description=${description} onRun=${() => setConfirmed(text)} />`}
      <div class="work">
        <div class="work-main">
          ${form === "json"
            ? html`<${JsonList} items=${pages.items} onEnd=${pages.more} id=${id} />`
            : pages.items.length > 0 && html`
              <${Grid} label=${t("items.grid", { name: description.TableName })} columns=${columns} rows=${pages.items} rowKey=${id}
                selected=${isReadOnly() ? undefined : selected} onSelect=${isReadOnly() ? undefined : setSelected} selectLabel=${t("items.select")} selectAllLabel=${t("items.select_all")}
                onEnd=${pages.more} editing=${editing.cell} onKey=${onKey} rowClass=${rowClass}
                onActive=${(item) => aside?.kind === "item" && setAside({ kind: "item", item })}
                onOpen=${(item, row, column) => (editing.canEdit(column) ? editing.begin(row, column) : setAside({ kind: "item", item }))}
                onClick=${(item, _row, column) => tableKeys.includes(order.shown[column]) && setAside({ kind: "item", item })} />`}
          ${!pages.items.length && ask && !pages.busy && !pages.error && html`<${Nothing} description=${description} asked=${asked} />`}
          ${!ask && !costly && html`<p class="muted pad">${t("items.give_key")}</p>`}
          <${Waiting} slow=${pages.slow} />
        </div>
        ${aside?.kind === "item" && html`<${ItemPanel} key=${id(aside.item)} ...${{ description, item: aside.item, onClose: close, onSaved: replaceItem }}
          onCopy=${(item) => setAside({ kind: "new", from: item })} onDelete=${(item) => drop([item])} />`}
        ${aside?.kind === "new" && html`<${NewItemPanel} ...${{ description, from: aside.from, onClose: close }} onAdded=${(item) => { pages.reload(); reload(); setAside({ kind: "item", item }); }} />`}
        ${aside?.kind === "import" && html`<${ImportPanel} ...${{ description, onClose: close }} onDone=${() => { pages.reload(); reload(); }} />`}
      </div>
      <${Review} editing=${editing} onSaved=${replaceItem} />
    </section>`;
}

function Status({ pages, ask, order }) {
  if (!ask) return html`<span class="muted"></span>`;
  return html`
    <span class="status" role="status">
      ${t("items.status", { kept: pages.items.length, scanned: pages.scanned, units: tenths(pages.units), ms: Math.round(pages.ms), pages: pages.pages })}
      ${pages.done ? ` · ${t("items.all")}` : html` · <button class="quiet" disabled=${pages.busy} onClick=${pages.more}>${t("items.next")}</button>`}
      ${order.hidden > 0 && html` · ${t("items.hidden", { count: order.hidden })}`}
    </span>`;
}

/** What a Scan of a large table costs, before it runs. */
function Costly({ description, onRun }) {
  const units = Math.ceil(description.TableSizeBytes / 4096 / 2);
  return html`
    <div class="note">
      <p>${t("items.costly", { items: description.ItemCount, units })}</p>
      <button class="primary" onClick=${onRun}>${t("items.run_anyway")}</button>
    </div>`;
}

function Nothing({ description, asked }) {
  if (asked.mode === "query" || asked.filters.length || asked.index) {
    return html`<${Empty} title=${t("items.none")} text=${t("items.none_text")} />`;
  }
  const item = Object.fromEntries(description.AttributeDefinitions
    .filter((each) => description.KeySchema.some((key) => key.AttributeName === each.AttributeName))
    .map((each) => [each.AttributeName, { [each.AttributeType]: { N: "1", S: "a", B: "YQ==" }[each.AttributeType] }]));
  const put = { service: "dynamodb", operation: "PutItem", input: { TableName: description.TableName, Item: item } };
  const line = generate("cli", put, { endpoint: window.location.origin, region: region() });
  return html`<${Empty} title=${t("items.empty")} text=${t("items.empty_text")} line=${line} />`;
}

async function deleteItems({ description, items, id, pages, reload, onDone }) {
  const gone = (await inParallel(items, DELETE_WIDTH, (item) =>
    remove(description, item).catch((error) => ({ error })))).filter(Boolean);
  const failed = gone.filter((each) => each.error instanceof Error);
  const deleted = gone.filter((each) => !(each.error instanceof Error));
  const ids = new Set(deleted.map(id));
  pages.replace((all) => all.filter((item) => !ids.has(id(item))));
  onDone();
  reload(); // the table's count
  if (failed.length) tell(failed[0].error.message, { error: true });
  if (!deleted.length) return;
  tell(t("items.deleted", { count: deleted.length }), {
    undo: async () => {
      // Only where no other item has been put in its place meanwhile.
      const back = await inParallel(deleted, DELETE_WIDTH, (item) => add(description, item).then(() => true, () => false));
      pages.reload();
      reload();
      tell(t("items.restored", { count: back.filter(Boolean).length }));
    },
  });
}
