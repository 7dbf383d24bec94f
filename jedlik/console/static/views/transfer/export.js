// Items to a file: those that are loaded, or all that the request finds.
import { html, useRef, useState } from "../../ui/view.js";
import { ErrorNote, tell } from "../../ui/notes.js";
import { readAll } from "../items/pages.js";
import { t } from "../../app/text.js";
import { FORMATS, toFile } from "./files.js";

export function ExportMenu({ name, items, ask, done, keyNames }) {
  const [progress, setProgress] = useState(null);
  const [error, setError] = useState(null);
  const abort = useRef(null);
  const save = async (format, everything) => {
    setError(null);
    let all = items;
    if (everything && !done) {
      abort.current = new AbortController();
      try {
        setProgress(0);
        all = await readAll(ask, abort.current.signal, setProgress);
      } catch (failed) {
        if (failed.name !== "AbortError") setError(failed);
        return;
      } finally {
        setProgress(null);
      }
    }
    download(`${name}.${format === "lines" ? "jsonl" : format}`, toFile(format, all, keyNames));
    tell(t("export.done", { count: all.length }));
  };
  return html`
    <details class="menu">
      <summary>${t("export.title")}</summary>
      <div class="menu-box">
        ${progress === null
          ? FORMATS.map(([format, label]) => html`
              <div class="row"><span class="menu-label">${label}</span>
                <button class="quiet" onClick=${() => save(format, false)}>${t("export.loaded", { count: items.length })}</button>
                ${!done && html`<button class="quiet" onClick=${() => save(format, true)}>${t("export.all")}</button>`}
              </div>`)
          : html`<p>${t("export.progress", { count: progress })}
              <button class="quiet" onClick=${() => abort.current.abort()}>${t("action.stop")}</button></p>`}
        <${ErrorNote} error=${error} />
      </div>
    </details>`;
}

export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
