// A file into a table: what is in it, as what it is taken, then the batches.
import { html, useRef, useState } from "../../ui/view.js";
import { Select } from "../../ui/fields.js";
import { ErrorNote, tell } from "../../ui/notes.js";
import { keyTypes } from "../../api/tables.js";
import { readingProblem, t } from "../../app/text.js";
import { fromFile, rowsToItems } from "./files.js";
import { putAll } from "./batches.js";

const COLUMN_TYPES = ["S", "N", "B", "BOOL", "JSON"];

export function ImportPanel({ description, onClose, onDone }) {
  const [file, setFile] = useState(null);
  const [problem, setProblem] = useState(null);
  const [progress, setProgress] = useState(null);
  const [result, setResult] = useState(null);
  const abort = useRef(null);
  const choose = async (event) => {
    const [chosen] = event.target.files;
    if (!chosen) return;
    setResult(null);
    try {
      setFile({ name: chosen.name, ...fromFile(chosen.name, await chosen.text(), keyTypes(description)) });
      setProblem(null);
    } catch (error) {
      setFile(null);
      setProblem(readingProblem(error));
    }
  };
  const retype = (at, type) => {
    const columns = file.columns.with(at, { ...file.columns[at], type });
    try {
      setFile({ ...file, columns, items: rowsToItems(columns, file.rows) });
      setProblem(null);
    } catch (error) {
      setProblem(`${columns[at].name}: ${error.message}`);
    }
  };
  const run = async () => {
    abort.current = new AbortController();
    setProgress(0);
    const done = await putAll(description, file.items, abort.current.signal, setProgress);
    setProgress(null);
    setResult(done);
    tell(t("import.done", { count: done.written }), { error: done.failed.length > 0 });
    onDone();
  };
  const keyNames = description.KeySchema.map((key) => key.AttributeName);
  const lacking = file ? file.items.filter((item) => keyNames.some((name) => !item[name])).length : 0;
  return html`
    <aside class="panel" aria-label=${t("import.title")}>
      <header class="panel-head">
        <h2>${t("import.title")}</h2><span class="spring"></span>
        <button class="quiet icon" aria-label=${t("action.close")} onClick=${() => { abort.current?.abort(); onClose(); }}>×</button>
      </header>
      <div class="panel-body">
        <p class="hint">${t("import.text")}</p>
        <input type="file" aria-label=${t("import.file")} accept=".csv,.tsv,.json,.jsonl,.ndjson,.txt" onChange=${choose} />
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        ${file && html`
          <p>${t("import.found", { count: file.items.length, name: file.name })}</p>
          ${lacking > 0 && html`<p class="problem" role="alert">${t("import.lacking", { count: lacking, keys: keyNames.join(", ") })}</p>`}
          ${file.columns.length > 0 && html`
            <ul class="import-columns">
              ${file.columns.map((column, at) => html`
                <li key=${column.name}><span class="mono">${column.name}</span>
                  <${Select} label=${t("tree.type", { name: column.name })} value=${column.type} options=${COLUMN_TYPES} onChange=${(type) => retype(at, type)} /></li>`)}
            </ul>`}
          ${progress === null
            ? html`<p><button class="primary" disabled=${lacking > 0 || Boolean(problem) || !file.items.length} onClick=${run}>${t("import.run", { count: file.items.length })}</button></p>`
            : html`
              <progress max=${file.items.length} value=${progress} aria-label=${t("import.title")}></progress>
              <p class="muted number">${t("import.progress", { done: progress, all: file.items.length })}
                <button class="quiet" onClick=${() => abort.current.abort()}>${t("action.stop")}</button></p>`}`}
        ${result?.failed.map(({ error, items }) => html`
          <${ErrorNote} error=${error} /><p class="muted">${t("import.failed", { count: items.length })}</p>`)}
      </div>
    </aside>`;
}
