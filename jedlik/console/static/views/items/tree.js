// An item as a tree that one edits: names, types and values, documents opened and closed.
import { TYPES, display, isDocument, readable, typeOf } from "../../values/attribute.js";
import { html, useLayoutEffect, useState } from "../../ui/view.js";
import { Select } from "../../ui/fields.js";
import { t } from "../../app/text.js";
import { converted, fromText, toText } from "./editing.js";

const MOST_DRAWN = 100;

/** The attributes of an item or map. `fixed` are names whose value, type and name stay (keys). */
export function Attributes({ content, onChange, fixed = [], readOnly, depth = 0 }) {
  const [name, setName] = useState("");
  const entries = Object.entries(content);
  const [shown, more] = useSome(entries.length);
  const change = (key, value) => onChange({ ...content, [key]: value });
  const drop = (key) => onChange(Object.fromEntries(Object.entries(content).filter(([each]) => each !== key)));
  const addNew = () => {
    if (!name || Object.hasOwn(content, name)) return;
    change(name, { S: "" });
    setName("");
  };
  return html`
    <ul class="tree" style=${{ "--depth": depth }}>
      ${entries.slice(0, shown).map(([key, value]) => html`
        <${Node} key=${key} label=${key} value=${value} depth=${depth} readOnly=${readOnly || fixed.includes(key)}
          onChange=${(changed) => change(key, changed)} onDrop=${() => drop(key)} />`)}
      ${more}
      ${!readOnly && html`
        <li class="tree-new">
          <input class="mono" type="text" placeholder=${t("tree.add")} aria-label=${t("tree.add")} value=${name} spellcheck=${false}
            onInput=${(event) => setName(event.target.value)}
            onKeyDown=${(event) => event.key === "Enter" && (event.preventDefault(), addNew())} />
          <button type="button" class="quiet" disabled=${!name} onClick=${addNew}>${t("action.add")}</button>
        </li>`}
    </ul>`;
}

/** How many of a document's members are drawn, and what shows more: a large item has thousands. */
function useSome(length) {
  const [shown, setShown] = useState(MOST_DRAWN);
  const more = length > shown && html`
    <li class="tree-new"><button type="button" class="quiet" onClick=${() => setShown(shown + MOST_DRAWN)}>${t("tree.more", { count: length - shown })}</button></li>`;
  return [shown, more];
}

function Elements({ content, onChange, readOnly, depth }) {
  const [shown, more] = useSome(content.length);
  return html`
    <ul class="tree" style=${{ "--depth": depth }}>
      ${content.slice(0, shown).map((value, at) => html`
        <${Node} key=${at} label=${String(at)} value=${value} depth=${depth} readOnly=${readOnly}
          onChange=${(changed) => onChange(content.with(at, changed))} onDrop=${() => onChange(content.toSpliced(at, 1))} />`)}
      ${more}
      ${!readOnly && html`
        <li class="tree-new"><button type="button" class="quiet" onClick=${() => onChange([...content, { S: "" }])}>+ ${t("tree.element")}</button></li>`}
    </ul>`;
}

function Node({ label, value, onChange, onDrop, readOnly, depth }) {
  const type = typeOf(value);
  const [open, setOpen] = useState(depth < 1);
  const document = isDocument(value);
  return html`
    <li class="node">
      <div class="node-line">
        <span class="node-name mono" title=${label}>
          ${document && html`<button type="button" class="quiet fold" aria-expanded=${String(open)} aria-label=${label} onClick=${() => setOpen(!open)}>${open ? "▾" : "▸"}</button>`}
          ${label}
        </span>
        ${readOnly
          ? html`<span class="mark">${type}</span>`
          : html`<${Select} className="type" label=${t("tree.type", { name: label })} value=${type}
              options=${TYPES.map((each) => [each, each])} onChange=${(next) => onChange(converted(value, next))} />`}
        ${!document && html`<${Leaf} ...${{ label, value, type, onChange, readOnly }} />`}
        ${document && html`<span class="muted node-size">${t(type === "L" ? "tree.elements" : "tree.entries", { count: (type === "L" ? value.L : Object.keys(value.M)).length })}</span>`}
        ${!readOnly && html`<button type="button" class="quiet drop" aria-label=${t("tree.remove", { name: label })} onClick=${onDrop}>×</button>`}
      </div>
      ${document && open && (type === "M"
        ? html`<${Attributes} content=${value.M} readOnly=${readOnly} depth=${depth + 1} onChange=${(M) => onChange({ M })} />`
        : html`<${Elements} content=${value.L} readOnly=${readOnly} depth=${depth + 1} onChange=${(L) => onChange({ L })} />`)}
    </li>`;
}

function Leaf({ label, value, type, onChange, readOnly }) {
  const [text, setText] = useState(toText(value));
  const [problem, setProblem] = useState(null);
  useLayoutEffect(() => setText(toText(value)), [value]);
  if (readOnly) return html`<span class="node-value mono" tabindex="0">${"S" in value ? value.S : display(value)}</span>`;
  const typed = (next) => {
    setText(next);
    const read = fromText(type, next);
    setProblem(read.problem ?? null);
    if (read.value) onChange(read.value);
  };
  const attributes = { "aria-label": label, "aria-invalid": problem ? "true" : undefined, title: problem ?? undefined };
  if (type === "BOOL") {
    return html`<${Select} className="grow" label=${label} value=${text} options=${["true", "false"]} onChange=${typed} />`;
  }
  if (type === "NULL") return html`<span class="node-value muted">NULL</span>`;
  const rows = Math.min(8, Math.max(1, text.split("\n").length + (text.length > 60 ? 1 : 0)));
  return html`
    <span class="grow">
      <textarea class="mono" rows=${rows} spellcheck=${false} ...${attributes} value=${text} onInput=${(event) => typed(event.target.value)}></textarea>
      ${problem && html`<span class="problem">${problem}</span>`}
      ${type === "B" && html`<span class="hint mono">${readable(text)}</span>`}
    </span>`;
}
