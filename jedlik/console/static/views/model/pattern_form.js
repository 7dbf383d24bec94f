// One access pattern as a form: every change is checked again. What is not filled in is left out.
import { html } from "../../ui/view.js";
import { Check, SelectField, TextField } from "../../ui/fields.js";
import { indexes, keysOf } from "../../api/tables.js";
import { t } from "../../app/text.js";

const OPERATIONS = ["GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem"];
const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem"]);
const CONDITIONS = ["", "=", "begins_with", "between", "<", "<=", ">", ">="];
const FIGURES = [["Items", "model.items"], ["PerSecond", "model.per_second"], ["Hottest", "model.hottest"]];

/** `tables` are inputs of CreateTable; `onChange(pattern)` is called with every change. */
export function PatternForm({ pattern, entities, tables, onChange }) {
  const set = (changes) => onChange(withoutEmpty({ ...pattern, ...changes }));
  const entity = entities.find(({ Name }) => Name === pattern.Entity);
  const table = tables.find(({ TableName }) => TableName === (entity?.Table ?? tables[0].TableName)) ?? tables[0];
  const named = indexes(table).map(({ name }) => name);
  const { hash, range } = keysOf(table, named.includes(pattern.Index) ? pattern.Index : "");
  const isRead = !WRITES.has(pattern.Operation);
  const filter = (pattern.Filter ?? []).join(", ");
  return html`
    <div class="pattern-form">
      <${TextField} label=${t("create.name")} value=${pattern.Name} onInput=${(Name) => onChange({ ...pattern, Name })} />
      <${SelectField} label=${t("model.operation")} value=${pattern.Operation} options=${same(OPERATIONS)}
        onChange=${(Operation) => set({ Operation, ...(Operation === "Scan" || WRITES.has(Operation) ? { Key: undefined } : {}) })} />
      <${SelectField} label=${t("model.entity")} value=${pattern.Entity} options=${same(entities.map(({ Name }) => Name))} onChange=${(Entity) => set({ Entity })} />
      ${isRead && html`
        <${SelectField} label=${t("create.index")} value=${pattern.Index ?? ""} options=${[["", t("items.table")], ...same(named)]}
          onChange=${(Index) => set({ Index: Index || undefined, Key: undefined })} />`}
      ${isRead && pattern.Operation !== "Scan" && [...hash, ...range].map((name) => html`
        <${KeyField} key=${name} ...${{ name }} condition=${pattern.Key?.[name]} onChange=${(condition) => set({ Key: withoutEmpty({ ...pattern.Key, [name]: condition }) })} />`)}
      ${isRead && html`
        <${TextField} label=${t("model.filter")} value=${filter} onInput=${(text) => set({ Filter: listOf(text) })} />
        <${TextField} label=${t("model.keeps")} inputmode="decimal" value=${pattern.Keeps ?? ""} onInput=${(text) => set({ Keeps: figure(text) })} />`}
      ${FIGURES.map(([name, label]) => html`
        <${TextField} key=${name} label=${t(label)} inputmode="decimal" value=${pattern[name] ?? ""} onInput=${(text) => set({ [name]: figure(text) })} />`)}
      ${isRead && html`<${Check} label=${t("items.consistent")} checked=${pattern.Consistent === true} onChange=${(on) => set({ Consistent: on || undefined })} />`}
    </div>`;
}

/** How one key attribute is asked for: an operator and a template, or two of them. */
function KeyField({ name, condition, onChange }) {
  const [operator, operands] = taken(condition);
  return html`
    <div class="field">
      <span class="mono">${name}</span>
      <span class="row">
        <select aria-label=${t("model.condition", { name })} value=${operator} onChange=${(event) => onChange(made(event.target.value, operands))}>
          ${CONDITIONS.map((each) => html`<option key=${each} value=${each} selected=${each === operator}>${each || t("model.not_asked")}</option>`)}
        </select>
        ${operands.map((operand, at) => html`
          <input key=${at} type="text" class="mono" spellcheck=${false} aria-label=${t("model.template", { name })} value=${operand}
            onInput=${(event) => onChange(made(operator, operands.with(at, event.target.value)))} />`)}
      </span>
    </div>`;
}

function taken(condition) {
  if (condition === undefined) return ["", []];
  if (typeof condition === "string") return ["=", [condition]];
  const [[operator, operands]] = Object.entries(condition);
  return [operator, [operands].flat()];
}

function made(operator, [low = "", high = ""]) {
  if (operator === "") return undefined;
  if (operator === "=") return low;
  return { [operator]: operator === "between" ? [low, high] : low };
}

const same = (names) => names.map((name) => [name, name]);

const listOf = (text) => {
  const found = text.split(",").map((each) => each.trim()).filter(Boolean);
  return found.length ? found : undefined;
};

/** A number, or nothing; what is neither is the text, which the check refuses by its name. */
const figure = (text) => (text === "" ? undefined : String(Number(text)) === text ? Number(text) : text);

const withoutEmpty = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
