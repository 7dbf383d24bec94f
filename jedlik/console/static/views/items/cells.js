// Editing in the grid: a cell at a time, kept until it is reviewed and saved.
import { html, useCallback, useLayoutEffect, useMemo, useRef, useState } from "../../ui/view.js";
import { ErrorNote, tell } from "../../ui/notes.js";
import { own, same, typeOf } from "../../values/attribute.js";
import { generate } from "../../code/generate.js";
import { region } from "../../api/credentials.js";
import { kept } from "../../app/settings.js";
import { t } from "../../app/text.js";
import { fromText, toText } from "./editing.js";
import { update, updateInput } from "./changes.js";

/** The state of edits: `changed(item, name)` is an edited value, null for one that is removed. */
export function useCellEditing({ description, id, tableKeys, order, items, enabled }) {
  const [edits, setEdits] = useState(new Map());
  const [at, setAt] = useState(null);
  const changed = useCallback((item, name) => own(edits.get(id(item))?.changes ?? {}, name), [edits, id]);
  const canEdit = (column) => enabled && !tableKeys.includes(order[column]);
  const begin = (row, column, text) => canEdit(column) && setAt({ row, column, text });
  const put = (item, name, value) => setEdits((old) => {
    const next = new Map(old);
    const entry = next.get(id(item)) ?? { item, changes: {} };
    const changes = { ...entry.changes, [name]: value };
    if (value === null ? entry.item[name] === undefined : same(entry.item[name], value)) delete changes[name];
    if (Object.keys(changes).length) next.set(id(item), { ...entry, changes });
    else next.delete(id(item));
    return next;
  });
  const cell = at && items[at.row] && {
    row: at.row,
    column: at.column,
    element: html`<${CellEditor} item=${items[at.row]} name=${order[at.column]} text=${at.text} items=${items}
      edited=${changed(items[at.row], order[at.column])}
      onDone=${(value) => { if (value !== undefined) put(items[at.row], order[at.column], value); setAt(null); }} />`,
  };
  const onKey = (event, item, row, column) => {
    if (!item || event.altKey || !canEdit(column)) return false;
    if (event.key === "F2") begin(row, column);
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) begin(row, column, event.key);
    else if (event.key === "Backspace") put(item, order[column], null);
    else return false;
    return true;
  };
  const discard = useCallback(() => setEdits(new Map()), []);
  const forget = useCallback((key) => setEdits((old) => {
    const next = new Map(old);
    next.delete(key);
    return next;
  }), []);
  return { description, edits, changed, cell, canEdit, begin, onKey, discard, forget };
}

function CellEditor({ item, name, edited, text, items, onDone }) {
  const before = edited ?? item[name];
  const [type] = useState(before ? typeOf(before) : usualType(items, name));
  const [typed, setTyped] = useState(text ?? (before ? toText(before) : ""));
  const field = useRef(null);
  const finished = useRef(false);
  const read = fromText(type, typed);
  useLayoutEffect(() => {
    field.current.focus();
    if (text === undefined) field.current.select();
  }, []);
  const finish = (value) => {
    if (finished.current) return;
    finished.current = true;
    const grid = field.current.closest("[role=grid]");
    onDone(value);
    grid?.focus({ preventScroll: true });
  };
  return html`
    <input ref=${field} class="mono cell-editor" aria-label=${name} aria-invalid=${read.problem ? "true" : undefined} title=${read.problem ?? type}
      spellcheck=${false} value=${typed} onInput=${(event) => setTyped(event.target.value)}
      onKeyDown=${(event) => {
        if (event.key === "Enter" && read.value) finish(read.value);
        else if (event.key === "Escape") finish(undefined);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onBlur=${() => finish(read.value)} />`;
}

/** The type that an attribute has most often in what is shown: what a new one is taken for. */
function usualType(items, name) {
  const counts = {};
  for (const item of items.slice(0, 200)) {
    if (item[name]) counts[typeOf(item[name])] = (counts[typeOf(item[name])] ?? 0) + 1;
  }
  return Object.entries(counts).sort((a, b) => b[1] - a[1])[0]?.[0] ?? "S";
}

/** "Edited 2 items, not saved": review shows each call with its condition before it is sent. */
export function Review({ editing, onSaved }) {
  const [open, setOpen] = useState(false);
  const [errors, setErrors] = useState({});
  const { description, edits } = editing;
  const entries = useMemo(() => [...edits], [edits]);
  const save = useCallback(async () => {
    const failed = {};
    let saved = 0;
    for (const [key, { item, changes }] of entries) {
      try {
        onSaved(await update(description, item, changes));
        editing.forget(key);
        saved += 1;
      } catch (error) {
        failed[key] = error;
      }
    }
    setErrors(failed);
    if (saved) tell(t("items.saved", { count: saved }));
    if (!Object.keys(failed).length) setOpen(false);
  }, [entries]);
  useLayoutEffect(() => {
    if (!entries.length) return undefined;
    const onKey = (event) => {
      if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        if (open) save();
        else setOpen(true);
      }
    };
    const beforeLeaving = (event) => event.preventDefault();
    window.addEventListener("keydown", onKey);
    window.addEventListener("beforeunload", beforeLeaving);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("beforeunload", beforeLeaving);
    };
  }, [entries, open, save]);
  if (!entries.length) return null;
  const at = { endpoint: window.location.origin, region: region() };
  return html`
    <div class="review" role="region" aria-label=${t("items.review")}>
      ${open && html`
        <ol class="review-list">
          ${entries.map(([key, { item, changes }]) => html`
            <li key=${key}>
              <pre tabindex="0">${generate(kept("code", "cli"), { service: "dynamodb", operation: "UpdateItem", input: updateInput(description, item, changes) }, at)}</pre>
              <${ErrorNote} error=${errors[key]} />
            </li>`)}
        </ol>`}
      <div class="bar">
        <strong>${t("items.edited", { count: entries.length })}</strong><span class="spring"></span>
        <button onClick=${() => { editing.discard(); setErrors({}); setOpen(false); }}>${t("items.discard")}</button>
        ${open
          ? html`<button class="primary" onClick=${save}>${t("action.save")} <kbd>Ctrl S</kbd></button>`
          : html`<button class="primary" onClick=${() => setOpen(true)}>${t("items.review_save")} <kbd>Ctrl S</kbd></button>`}
      </div>
    </div>`;
}
