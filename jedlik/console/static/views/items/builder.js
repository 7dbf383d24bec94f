// The bar that says what is read: Query or Scan, index, keys, filters, order, pages.
import { html, useLayoutEffect, useRef, useState } from "../../ui/view.js";
import { Check, Select, TextField } from "../../ui/fields.js";
import { indexes, keyTypes, keysOf } from "../../api/tables.js";
import { numberProblem } from "../../values/numbers.js";
import { t } from "../../app/text.js";
import { FILTER_OPERATORS, SORT_OPERATORS } from "./request.js";

const VALUE_TYPES = ["S", "N", "B", "BOOL", "NULL"];
const WITHOUT_VALUE = new Set(["exists", "not_exists"]);

/** `asked` is what the address says; `onRun(asked)` is called with what shall be read instead. */
export function Builder({ description, asked, onRun, busy }) {
  const [form, setForm] = useState(asked);
  const bar = useRef(null);
  const text = JSON.stringify(asked);
  useLayoutEffect(() => setForm(asked), [text]); // before anything can be typed over it
  const set = (changes) => setForm((old) => ({ ...old, ...changes }));
  const run = (changes = {}) => onRun({ ...form, ...changes });
  const submit = (event) => {
    event.preventDefault();
    run();
  };
  const choose = (changes) => {
    const next = { ...form, ...changes };
    setForm(next);
    if (next.mode === "scan") onRun(next);
    else queueMicrotask(() => bar.current?.querySelector("[data-first]")?.focus());
  };
  return html`
    <form class="builder" ref=${bar} onSubmit=${submit}>
      <div class="builder-line">
        <${Select} label=${t("items.mode")} value=${form.mode} options=${[["scan", "Scan"], ["query", "Query"]]} onChange=${(mode) => choose({ mode })} />
        <${Select} label=${t("items.index")} value=${form.index} onChange=${(index) => choose({ index, pk: [], sort: { operator: "=", value: "", to: "" } })}
          options=${[["", t("items.table")], ...indexes(description).map((index) => [index.name, index.name])]} />
        ${form.mode === "query" && html`<${Keys} ...${{ description, form, set }} />`}
        <button type="button" class="quiet" data-filter-add onClick=${() => set({ filters: [...form.filters, { name: "", operator: "=", type: "S", value: "" }] })}>+ ${t("items.filter")}</button>
        ${form.mode === "query" && html`
          <${Select} label=${t("items.order")} value=${form.descending ? "desc" : "asc"} options=${[["asc", t("items.ascending")], ["desc", t("items.descending")]]}
            onChange=${(order) => set({ descending: order === "desc" })} />`}
        <${More} ...${{ form, set }} />
        <button class="primary" disabled=${busy}>${t("items.run")} <kbd>Enter</kbd></button>
      </div>
      ${form.filters.map((filter, at) => html`
        <${Filter} key=${at} filter=${filter} onChange=${(changed) => set({ filters: form.filters.with(at, changed) })}
          onRemove=${() => set({ filters: form.filters.toSpliced(at, 1) })} />`)}
    </form>`;
}

function Keys({ description, form, set }) {
  const { hash, range } = keysOf(description, form.index);
  const types = keyTypes(description);
  const problem = (name, value) => (types[name] === "N" && value !== "" && numberProblem(value) ? t(numberProblem(value)) : undefined);
  const input = (name, value, onInput, more = {}) => html`
    <input type="text" class="mono" aria-label=${name} placeholder=${t(`type.${types[name]}`)} spellcheck=${false} value=${value}
      aria-invalid=${problem(name, value) ? "true" : undefined} title=${problem(name, value)} onInput=${(event) => onInput(event.target.value)} ...${more} />`;
  return html`
    ${hash.map((name, at) => html`
      <span class="key" key=${name}><span class="mono">${name}</span> =
        ${input(name, form.pk[at] ?? "", (value) => set({ pk: Object.assign([...form.pk], { [at]: value }) }), { required: true, "data-first": at === 0 })}
      </span>`)}
    ${range.length > 0 && html`
      <span class="key"><span class="mono">${range[0]}</span>
        <${Select} label=${t("items.operator")} value=${form.sort.operator} options=${SORT_OPERATORS} onChange=${(operator) => set({ sort: { ...form.sort, operator } })} />
        ${input(range[0], form.sort.value, (value) => set({ sort: { ...form.sort, value } }))}
        ${form.sort.operator === "between" && html`${t("items.and")} ${input(range[0], form.sort.to, (to) => set({ sort: { ...form.sort, to } }))}`}
      </span>`}`;
}

function Filter({ filter, onChange, onRemove }) {
  const set = (name) => (value) => onChange({ ...filter, [name]: value });
  return html`
    <div class="builder-line">
      <span class="muted">${t("items.filter_where")}</span>
      <input type="text" class="mono" aria-label=${t("items.filter_name")} placeholder=${t("items.filter_name")} spellcheck=${false}
        value=${filter.name} onInput=${(event) => set("name")(event.target.value)} />
      <${Select} label=${t("items.operator")} value=${filter.operator} options=${FILTER_OPERATORS.map((name) => [name, name.replace("_", " ")])} onChange=${set("operator")} />
      ${!WITHOUT_VALUE.has(filter.operator) && html`
        <${Select} label=${t("create.type")} value=${filter.type} options=${VALUE_TYPES} onChange=${set("type")} />
        <input type="text" class="mono" aria-label=${t("items.filter_value")} placeholder=${t("items.filter_value")} spellcheck=${false}
          value=${filter.value} onInput=${(event) => set("value")(event.target.value)} />`}
      <button type="button" class="quiet icon" aria-label=${t("action.remove")} onClick=${onRemove}>×</button>
    </div>`;
}

function More({ form, set }) {
  return html`
    <details class="more">
      <summary>${t("items.more")}</summary>
      <div class="more-box">
        <${TextField} label=${t("items.projection")} hint=${t("items.projection_hint")} value=${form.attributes.join(", ")}
          onInput=${() => undefined} onChange=${(event) => set({ attributes: event.target.value.split(",").map((name) => name.trim()).filter(Boolean) })} />
        <${TextField} label=${t("items.limit")} hint=${t("items.limit_hint")} inputmode="numeric" value=${form.limit || ""}
          onInput=${(text) => set({ limit: Number(text.replace(/\D/g, "")) || 0 })} />
        ${form.mode === "scan" && html`
          <${TextField} label=${t("items.segments")} hint=${t("items.segments_hint")} inputmode="numeric" value=${form.segments}
            onInput=${(text) => set({ segments: Math.min(16, Math.max(1, Number(text.replace(/\D/g, "")) || 1)) })} />`}
        <${Check} label=${t("items.consistent")} hint=${t("items.consistent_hint")} checked=${form.consistent} onChange=${(consistent) => set({ consistent })} />
      </div>
    </details>`;
}
