// A data model: entities and their keys, what serves each access pattern, sample data as the table
// and its indexes hold them. A change of a key is checked at once.
import { html, useEffect, useLayoutEffect, useMemo, useState } from "../ui/view.js";
import { Segments, Select } from "../ui/fields.js";
import { Copyable, ErrorNote, Waiting, tell } from "../ui/notes.js";
import { useAsync } from "../ui/async.js";
import { dynamodb } from "../api/client.js";
import { ServiceError } from "../api/errors.js";
import { indexes, keysOf, tablesChanged } from "../api/tables.js";
import { isReadOnly } from "../app/facts.js";
import { setParams } from "../app/router.js";
import { t } from "../app/text.js";
import { COLOURS } from "../values/entity.js";
import { active } from "./create.js";
import { putAll } from "./transfer/batches.js";
import { download } from "./transfer/export.js";
import { EXAMPLES, check, example } from "./model/checking.js";
import { Entities } from "./model/entities.js";
import { Facets, withFacets } from "./model/facets.js";
import { Patterns } from "./model/patterns.js";
import { Sample } from "./model/sample.js";

const PAUSE_MS = 200;

export default function Model({ params }) {
  const name = params.get("example") ?? EXAMPLES[0];
  const loaded = useAsync((signal) => example(name, signal), [name]);
  const [own, setOwn] = useState(null);
  const document = own ?? loaded.value;
  const settled = useSettled(document);
  const report = useAsync(async (signal) => settled && { of: settled, ...await check(settled, signal) }, [settled]);
  const [shown, setShown] = useState(null); // the last report: a change that is no model yet is shown with it
  useLayoutEffect(() => { if (report.value?.of === document) setShown(report.value); }, [report.value, document]);
  const [refused, setRefused] = useState(null);
  const open = (chosen) => { setOwn(null); setShown(null); setRefused(null); setParams({ example: chosen }); };
  const openFile = async (input) => {
    try {
      const [given, found] = await readFile(input);
      setOwn(given);
      setShown({ of: given, ...found });
      setRefused(null);
    } catch (error) {
      setRefused(error);
    }
  };
  return html`
    <section class="scroll">
      <div class="bar model-bar">
        <h1>${document?.ModelName ?? t("screen.model")}</h1>
        <${Select} label=${t("model.example")} value=${own ? "" : name} onChange=${open}
          options=${[...(own ? [["", t("model.own")]] : []), ...EXAMPLES]} />
        <label class="button">${t("model.open")}<input type="file" class="away" accept=".json,application/json"
          onChange=${(event) => openFile(event.target)} /></label>
        <button type="button" disabled=${!document} onClick=${() => save(document)}>${t("model.save")}</button>
        <span class="spring"></span>
        ${!isReadOnly() && shown && html`<${Make} tables=${shown.tables} items=${shown.items} checked=${shown.of === document} />`}
      </div>
      <${ErrorNote} error=${refused ?? loaded.error ?? report.error} />
      <${Waiting} slow=${loaded.slow} />
      ${document && shown && html`<${Work} ...${{ document, report: shown, onChange: setOwn }} />`}
    </section>`;
}

function Work({ document, report, onChange }) {
  const [tool, setTool] = useState("boto3");
  const entities = document.Jedlik?.Entities ?? [];
  const change = (changes) => onChange({ ...document, Jedlik: { ...document.Jedlik, ...changes } });
  const colour = (entity) => entities.indexOf(entity) % COLOURS;
  const made = useMemo(() => makers(report), [report]);
  const ofItem = (item) => {
    const at = entities.findIndex((entity) => entity.Name === made.get(item));
    return at < 0 ? undefined : at % COLOURS;
  };
  return html`
    <${Patterns} ...${{ report, entities }} patterns=${document.Jedlik?.AccessPatterns ?? []} onChange=${(AccessPatterns) => change({ AccessPatterns })} />
    <${Entities} entities=${entities} keyNames=${keyNames(report.tables)} colour=${colour} onChange=${(Entities_) => change({ Entities: Entities_ })} />
    ${report.tables.map((table, at) => html`
      <${TableFacets} key=${`facets ${table.TableName}`} ...${{ document, report, at, onChange }} />
      <${Sample} key=${table.TableName} definition=${table} items=${report.items[at]} colour=${ofItem} />`)}
    <h2>${t("model.code")}</h2>
    <${Segments} label=${t("model.code")} value=${tool} options=${Object.keys(report.code).map((each) => [each, each])} onChange=${setTool} />
    <${Copyable} text=${report.code[tool]} />`;
}

/** The facets of the document's table of that number. */
function TableFacets({ document, report, at, onChange }) {
  const { [at]: definition } = report.tables;
  const facets = report.facets[at];
  const first = report.tables[0].TableName;
  const missing = (document.Jedlik?.Entities ?? []).filter(({ Name, Table = first }) => Table === definition.TableName
    && !facets.some(({ name }) => name === Name));
  const change = (table) => onChange({ ...document, DataModel: document.DataModel.with(at, table) });
  const table = document.DataModel[at];
  return html`
    <${Facets} ...${{ definition, facets, missing }} items=${report.items[at]}
      onMake=${() => change(withFacets(table, definition, missing, report.items[at], report.made[at]))}
      onRemove=${(name) => change({ ...table, TableFacets: table.TableFacets.filter(({ FacetName }) => FacetName !== name) })} />`;
}

/** Creates the tables of a model, and puts its sample data, once it is `checked` as it is now. */
function Make({ tables, items: data, checked }) {
  const [error, setError] = useState(null);
  const make = async () => {
    setError(null);
    try {
      let items = 0;
      for (const [at, table] of tables.entries()) {
        await dynamodb("CreateTable", table);
        await active(table.TableName);
        const { written, failed } = await putAll(table, data[at], new AbortController().signal, () => {});
        if (failed.length) throw failed[0].error;
        items += written;
      }
      tablesChanged();
      tell(t("model.made", { tables: tables.length, items }));
    } catch (failed) {
      setError(failed);
    }
  };
  return html`<button type="button" class="primary" disabled=${!checked} onClick=${make}>${t("model.make")}</button><${ErrorNote} error=${error} />`;
}

/** All key attributes of tables and indexes, the tables' own first. */
function keyNames(tables) {
  const schemas = tables.flatMap((table) => [keysOf(table), ...indexes(table)]);
  return [...new Set(schemas.flatMap(({ hash, range }) => [...hash, ...range]))];
}

/** The entity's name of each item of the sample data, by the item. */
const makers = ({ made, items }) => new Map(made.flatMap((names, table) => names.map((name, at) => [items[table][at], name])));

/** The value once it has not changed for a moment. */
function useSettled(value) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settled === undefined ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** The model in a chosen file, and the report on it; what is none is never shown as one. */
async function readFile(input) {
  const [file] = input.files;
  const text = await file.text();
  input.value = ""; // so that the same file can be chosen again
  let given;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new ServiceError(file.name, error.message);
  }
  return [given, await check(given)];
}

function save(document) {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  download(`${document.ModelName ?? "model"}.json`, new Blob([text], { type: "application/json" }));
}
