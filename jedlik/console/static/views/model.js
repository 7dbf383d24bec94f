// A data model: entities and their keys, what serves each access pattern, sample data as the table
// and its indexes hold them. A change of a key is checked at once.
import { html, useEffect, useMemo, useState } from "../ui/view.js";
import { Segments, Select } from "../ui/fields.js";
import { Copyable, ErrorNote, Waiting, tell } from "../ui/notes.js";
import { useAsync } from "../ui/async.js";
import { dynamodb } from "../api/client.js";
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
import { Patterns } from "./model/patterns.js";
import { Sample } from "./model/sample.js";

const PAUSE_MS = 200;

export default function Model({ params }) {
  const name = params.get("example") ?? EXAMPLES[0];
  const loaded = useAsync((signal) => example(name, signal), [name]);
  const [own, setOwn] = useState(null);
  const document = own ?? loaded.value;
  const settled = useSettled(document);
  const report = useAsync((signal) => (settled ? check(settled, signal) : null), [settled]);
  const shown = useLast(report.value);
  const open = (chosen) => { setOwn(null); setParams({ example: chosen }); };
  return html`
    <section class="scroll">
      <div class="bar model-bar">
        <h1>${document?.ModelName ?? t("screen.model")}</h1>
        <${Select} label=${t("model.example")} value=${own ? "" : name} onChange=${open}
          options=${[...(own ? [["", t("model.own")]] : []), ...EXAMPLES]} />
        <label class="button">${t("model.open")}<input type="file" class="away" accept=".json,application/json"
          onChange=${(event) => readFile(event.target, setOwn)} /></label>
        <button type="button" disabled=${!document} onClick=${() => save(document)}>${t("model.save")}</button>
        <span class="spring"></span>
        ${!isReadOnly() && shown && html`<${Make} tables=${shown.tables} document=${document} />`}
      </div>
      <${ErrorNote} error=${loaded.error ?? report.error} />
      <${Waiting} slow=${loaded.slow} />
      ${document && shown && html`<${Work} ...${{ document, report: shown, onChange: setOwn }} />`}
    </section>`;
}

function Work({ document, report, onChange }) {
  const [tool, setTool] = useState("boto3");
  const entities = document.Jedlik?.Entities ?? [];
  const change = (changes) => onChange({ ...document, Jedlik: { ...document.Jedlik, ...changes } });
  const colour = (entity) => entities.indexOf(entity) % COLOURS;
  const made = useMemo(() => makers(document, report), [document, report]);
  const ofItem = (item) => {
    const at = entities.findIndex((entity) => entity.Name === made.get(item));
    return at < 0 ? undefined : at % COLOURS;
  };
  return html`
    <${Patterns} ...${{ report, entities }} patterns=${document.Jedlik?.AccessPatterns ?? []} onChange=${(AccessPatterns) => change({ AccessPatterns })} />
    <${Entities} entities=${entities} keyNames=${keyNames(report.tables)} colour=${colour} onChange=${(Entities_) => change({ Entities: Entities_ })} />
    ${report.tables.map((table, at) => html`
      <${Sample} key=${table.TableName} definition=${table} items=${document.DataModel[at]?.TableData ?? []} colour=${ofItem} />`)}
    <h2>${t("model.code")}</h2>
    <${Segments} label=${t("model.code")} value=${tool} options=${Object.keys(report.code).map((each) => [each, each])} onChange=${setTool} />
    <${Copyable} text=${report.code[tool]} />`;
}

/** Creates the tables of a model, and puts its sample data. */
function Make({ tables, document }) {
  const [error, setError] = useState(null);
  const make = async () => {
    setError(null);
    try {
      let items = 0;
      for (const [at, table] of tables.entries()) {
        await dynamodb("CreateTable", table);
        await active(table.TableName);
        const data = document.DataModel[at].TableData ?? [];
        const { written, failed } = await putAll(table, data, new AbortController().signal, () => {});
        if (failed.length) throw failed[0].error;
        items += written;
      }
      tablesChanged();
      tell(t("model.made", { tables: tables.length, items }));
    } catch (failed) {
      setError(failed);
    }
  };
  return html`<button type="button" class="primary" onClick=${make}>${t("model.make")}</button><${ErrorNote} error=${error} />`;
}

/** All key attributes of tables and indexes, the tables' own first. */
function keyNames(tables) {
  const schemas = tables.flatMap((table) => [keysOf(table), ...indexes(table)]);
  return [...new Set(schemas.flatMap(({ hash, range }) => [...hash, ...range]))];
}

/** The entity's name of each item of the sample data, by the item. */
function makers(document, report) {
  const pairs = report.made.flatMap((names, table) => names.map((name, at) => [document.DataModel[table]?.TableData?.[at], name]));
  return new Map(pairs);
}

/** The value once it has not changed for a moment. */
function useSettled(value) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settled === undefined ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** The last value that there was, while there is none. */
function useLast(value) {
  const [last, setLast] = useState(value);
  useEffect(() => { if (value) setLast(value); }, [value]);
  return value ?? last;
}

async function readFile(input, done) {
  const [file] = input.files;
  if (!file) return;
  try {
    done(JSON.parse(await file.text()));
  } catch (error) {
    tell(`${file.name}: ${error.message}`, { error: true });
  }
  input.value = "";
}

function save(document) {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  download(`${document.ModelName ?? "model"}.json`, new Blob([text], { type: "application/json" }));
}
