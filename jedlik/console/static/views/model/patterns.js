// Access patterns: what serves each, what is wrong with it, and what it costs; each can be changed.
import { html, useState } from "../../ui/view.js";
import { keysOf } from "../../api/tables.js";
import { PatternForm } from "./pattern_form.js";
import { count, dollars, t } from "../../app/text.js";

const BADGES = { good: "good", amber: "", red: "bad" };

/** `patterns` are those of the document, which may be newer than what the report is about. */
export function Patterns({ report, patterns, entities, onChange }) {
  const [open, setOpen] = useState(null);
  const add = () => {
    const [entity] = entities;
    const table = report.tables.find(({ TableName }) => TableName === (entity.Table ?? TableName));
    const [partition] = keysOf(table).hash;
    onChange([...patterns, { Name: newName(patterns), Operation: "Query", Entity: entity.Name, Key: { [partition]: entity.Keys[partition] ?? "" } }]);
    setOpen(patterns.length);
  };
  const remove = (at) => {
    setOpen(null);
    onChange(patterns.toSpliced(at, 1));
  };
  return html`
    <div class="heat-scroll" tabindex="0" role="region" aria-label=${t("model.patterns")}>
      <table class="model-table">
        <thead><tr><th scope="col">${t("model.patterns")}</th><th scope="col">${t("model.grade")}</th>
          <th scope="col">${t("model.served_by")}</th><th scope="col" class="number">${t("model.units")}</th>
          <th scope="col" class="number">${t("model.month")}</th><td></td></tr></thead>
        <tbody>
          ${patterns.map((pattern, at) => html`
            <${Row} key=${at} ...${{ pattern, isOpen: at === open }} found=${foundAbout(report, pattern, at)}
              onOpen=${() => setOpen(at === open ? null : at)} onRemove=${() => remove(at)} />
            ${at === open && html`
              <tr key="form"><td colspan="6">
                <${PatternForm} ...${{ pattern, entities }} tables=${report.tables} onChange=${(changed) => onChange(patterns.with(at, changed))} />
              </td></tr>`}`)}
        </tbody>
        <tfoot><tr><th scope="row" colspan="4">${t("model.storage")}</th><td class="number">${dollars(report.storageAMonth)}</td><td></td></tr>
          <tr><th scope="row" colspan="4">${t("model.total", report.prices)}</th><td class="number">${dollars(report.costAMonth)}</td><td></td></tr></tfoot>
      </table>
    </div>
    <p class="after-table"><button type="button" class="quiet" disabled=${!entities.length} onClick=${add}>+ ${t("model.pattern")}</button></p>
    ${report.findings.map((found) => html`
      <p class="row" key=${found.about + found.text}><${Grade} grade=${found.grade} /> <strong>${found.about}</strong> ${found.text}</p>`)}`;
}

function Row({ pattern, found, isOpen, onOpen, onRemove }) {
  return html`
    <tr>
      <th scope="row">${pattern.Name}
        ${found?.findings.map((text) => html`<p class="muted" key=${text}>${text}</p>`)}</th>
      <td>${found && html`<${Grade} grade=${found.grade} />`}</td>
      <td class="mono">${found?.servedBy}</td>
      <td class="number">${found && count(found.units)}</td>
      <td class="number">${found && dollars(found.costAMonth)}</td>
      <td>
        <button type="button" class="quiet" aria-expanded=${String(isOpen)} aria-label=${t("model.change_named", { name: pattern.Name })} onClick=${onOpen}>${t("model.change")}</button>
        <button type="button" class="quiet" aria-label=${t("tree.remove", { name: pattern.Name })} onClick=${onRemove}>${t("action.remove")}</button>
      </td>
    </tr>`;
}

/** What the report says of a pattern; nothing while it is not checked yet. */
function foundAbout({ patterns }, { Name }, at) {
  return patterns[at]?.name === Name ? patterns[at] : patterns.find(({ name }) => name === Name);
}

function newName(patterns) {
  let number = patterns.length + 1;
  while (patterns.some(({ Name }) => Name === t("model.new_pattern", { number }))) number += 1;
  return t("model.new_pattern", { number });
}

const Grade = ({ grade }) => html`<span class=${`badge ${BADGES[grade]}`}>${t(`grade.${grade}`)}</span>`;
