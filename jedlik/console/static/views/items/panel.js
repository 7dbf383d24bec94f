// One item beside the grid: as a tree or as JSON, to read, change, copy and add.
import { html, useLayoutEffect, useRef, useState } from "../../ui/view.js";
import { Segments } from "../../ui/fields.js";
import { ErrorNote, Waiting, tell } from "../../ui/notes.js";
import { useAsync } from "../../ui/async.js";
import { indexes, keyTypes } from "../../api/tables.js";
import { isReadOnly } from "../../app/facts.js";
import { bytes, readingProblem, t } from "../../app/text.js";
import { own } from "../../values/attribute.js";
import { fromPlain, itemToPlain } from "../../values/plain.js";
import { itemSize, writeUnits } from "../../values/size.js";
import { numberProblem } from "../../values/numbers.js";
import { add, difference, get, update } from "./changes.js";
import { Attributes } from "./tree.js";

const INDENT = 2;
const FIELDS = "input, textarea, select";

/** `item` is as the grid has it, perhaps in part: the panel reads all of it. Without `onDelete` it
 *  can be changed, but not copied or deleted. */
export function ItemPanel({ description, item, onClose, onSaved, onCopy, onDelete }) {
  const stored = useAsync(() => get(description, item), [item]);
  if (stored.error) return html`<${Shell} onClose=${onClose}><${ErrorNote} error=${stored.error} /><//>`;
  if (stored.value === undefined) return html`<${Shell} onClose=${onClose}><${Waiting} slow=${stored.slow} /><//>`;
  if (stored.value === null) return html`<${Shell} onClose=${onClose}><p class="muted">${t("item.gone")}</p><//>`;
  const save = async (edited) => {
    const changed = difference(stored.value, edited);
    if (!Object.keys(changed).length) return;
    const now = await update(description, stored.value, changed);
    tell(t("item.saved"));
    onSaved(now);
    stored.reload();
  };
  return html`
    <${Editor} key=${JSON.stringify(stored.value)} ...${{ description, onClose, item: stored.value, save }}
      fixed=${description.KeySchema.map((key) => key.AttributeName)}
      actions=${!isReadOnly() && onDelete && html`
        <button type="button" onClick=${() => onCopy(stored.value)}>${t("item.copy")}</button>
        <button type="button" class="danger" onClick=${() => onDelete(stored.value)}>${t("action.delete")}</button>`} />`;
}

/** A new item, from nothing or from a copy. */
export function NewItemPanel({ description, from, onClose, onAdded }) {
  const types = keyTypes(description);
  const empty = Object.fromEntries(description.KeySchema.map(({ AttributeName: name }) => [name, { [types[name]]: types[name] === "N" ? "0" : "" }]));
  const save = async (item) => {
    await add(description, item);
    tell(t("item.added"));
    onAdded(item);
  };
  return html`<${Editor} ...${{ description, onClose, save }} item=${from ?? empty} isNew=${true} fixed=${[]} />`;
}

/** Esc leaves a field for the panel, and from there closes it. */
function Shell({ onClose, title, children, panel }) {
  const leave = (event) => {
    if (event.key !== "Escape") return;
    if (!event.target.matches(FIELDS)) return onClose();
    event.currentTarget.focus();
    event.stopPropagation();
  };
  return html`
    <aside class="panel" tabindex="-1" ref=${panel} aria-label=${title ?? t("item.title")} onKeyDown=${leave}>
      <header class="panel-head">
        <h2>${title ?? t("item.title")}</h2><span class="spring"></span>
        <button type="button" class="quiet icon" aria-label=${t("action.close")} onClick=${onClose}>×</button>
      </header>
      ${children}
    </aside>`;
}

/** A new item is what one wants to type: its first field gets the focus, which goes back when the panel closes. */
function useFocusOfNew(panel, isNew) {
  useLayoutEffect(() => {
    if (!isNew) return undefined;
    const before = document.activeElement;
    const { current } = panel;
    current.querySelector(`form :is(${FIELDS}):not(.type)`)?.focus();
    return () => current.contains(document.activeElement) && before.focus();
  }, []);
}

function Editor({ description, item, isNew, fixed, save, actions, onClose }) {
  const [form, setForm] = useState("tree");
  const [edited, setEdited] = useState(item);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(null);
  const [error, setError] = useState(null);
  const readOnly = isReadOnly();
  const panel = useRef(null);
  useFocusOfNew(panel, isNew);
  useLayoutEffect(() => setText(form === "plain" ? itemToPlain(edited, INDENT) : JSON.stringify(edited, null, INDENT)), [form]);
  const typed = (next) => {
    setText(next);
    try {
      setEdited(form === "plain" ? plainItem(next, edited) : wireItem(next));
      setProblem(null);
    } catch (failed) {
      setProblem(readingProblem(failed));
    }
  };
  const submit = async (event) => {
    event.preventDefault();
    setError(null);
    try {
      await save(edited);
    } catch (failed) {
      setError(failed);
    }
  };
  const isChanged = isNew || Object.keys(difference(item, edited)).length > 0;
  return html`
    <${Shell} ...${{ onClose, panel }} title=${isNew ? t("item.new") : t("item.title")}>
      <form class="panel-body" onSubmit=${submit} onKeyDown=${(event) => {
        if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          submit(event);
        }
      }}>
        <${Segments} label=${t("item.form")} value=${form} onChange=${setForm}
          options=${[["tree", t("item.tree")], ["wire", "DynamoDB JSON"], ["plain", "JSON"]]} />
        ${form === "tree"
          ? html`<${Attributes} content=${edited} fixed=${fixed} readOnly=${readOnly} onChange=${setEdited} />`
          : html`<textarea class="mono json" aria-label="JSON" spellcheck=${false} readonly=${readOnly} value=${text} onInput=${(event) => typed(event.target.value)}></textarea>`}
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        <${Facts} description=${description} item=${edited} />
        <${ErrorNote} error=${error} />
        ${!readOnly && html`
          <div class="row actions">
            <button class="primary" disabled=${!isChanged || Boolean(problem)}>${t(isNew ? "action.add" : "action.save")} <kbd>Ctrl S</kbd></button>
            ${actions}
          </div>`}
      </form>
    <//>`;
}

/** Its size, what a write costs, and the indexes that it is in. */
function Facts({ description, item }) {
  const size = itemSize(item);
  const within = indexes(description).filter((index) => [...index.hash, ...index.range].every((name) => own(item, name))).map((index) => index.name);
  return html`
    <p class="muted facts">
      ${t("item.facts", { size: bytes(size), units: writeUnits(size) })}<br />
      ${t("item.within", { names: [t("items.table"), ...within].join(", ") })}
    </p>`;
}

function wireItem(text) {
  const item = JSON.parse(text);
  for (const [name, value] of Object.entries(item)) {
    if (!value || typeof value !== "object" || Object.keys(value).length !== 1) throw new SyntaxError(t("item.wire_form", { name }));
    if ("N" in value && (typeof value.N !== "string" || numberProblem(value.N))) throw new SyntaxError(`${name}: ${t("number.form")}`);
  }
  return item;
}

/** Plain JSON as an item; what was a set or binary before stays one. */
function plainItem(text, before) {
  const value = fromPlain(text);
  if (!("M" in value)) throw new SyntaxError(t("document.form"));
  return Object.fromEntries(Object.entries(value.M).map(([name, each]) => [name, asBefore(each, own(before, name))]));
}

function asBefore(value, before) {
  if (before && "B" in before && "S" in value) return { B: value.S };
  const set = before && ["SS", "NS", "BS"].find((type) => type in before);
  if (!set || !("L" in value)) return value;
  const members = value.L.map((each) => each.S ?? each.N);
  return members.every((each) => each !== undefined) && members.length ? { [set]: members } : value;
}
