// Access patterns: what serves each, what is wrong with it, and what it costs.
import { html } from "../../ui/view.js";
import { dollars, t } from "../../app/text.js";

const BADGES = { good: "good", amber: "", red: "bad" };

export function Patterns({ report }) {
  return html`
    <div class="heat-scroll" tabindex="0" role="region" aria-label=${t("model.patterns")}>
      <table class="model-table">
        <thead><tr><th scope="col">${t("model.patterns")}</th><th scope="col">${t("model.grade")}</th>
          <th scope="col">${t("model.served_by")}</th><th scope="col" class="number">${t("model.units")}</th>
          <th scope="col" class="number">${t("model.month")}</th></tr></thead>
        <tbody>
          ${report.patterns.map((pattern) => html`
            <tr key=${pattern.name}>
              <th scope="row">${pattern.name}
                ${pattern.findings.map((text) => html`<p class="muted" key=${text}>${text}</p>`)}</th>
              <td><${Grade} grade=${pattern.grade} /></td>
              <td class="mono">${pattern.servedBy}</td>
              <td class="number">${pattern.units.toLocaleString()}</td>
              <td class="number">${dollars(pattern.costAMonth)}</td>
            </tr>`)}
        </tbody>
        <tfoot><tr><th scope="row" colspan="4">${t("model.storage")}</th><td class="number">${dollars(report.storageAMonth)}</td></tr>
          <tr><th scope="row" colspan="4">${t("model.total", report.prices)}</th><td class="number">${dollars(report.costAMonth)}</td></tr></tfoot>
      </table>
    </div>
    ${report.findings.map((found) => html`
      <p class="row" key=${found.about + found.text}><${Grade} grade=${found.grade} /> <strong>${found.about}</strong> ${found.text}</p>`)}`;
}

const Grade = ({ grade }) => html`<span class=${`badge ${BADGES[grade]}`}>${t(`grade.${grade}`)}</span>`;
