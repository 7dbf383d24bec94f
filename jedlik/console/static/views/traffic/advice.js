// Advice on tables, drawn from days of traffic: what was seen, what to do, what it saves.
import { html, useState } from "../../ui/view.js";
import { ErrorNote } from "../../ui/notes.js";
import { watch } from "../../api/client.js";
import { tableAddress } from "../../app/router.js";
import { dollars, t } from "../../app/text.js";

/** Asked for by its button: it reads metrics and some items of every table. */
export function Advice({ table }) {
  const [state, setState] = useState({});
  const ask = async () => {
    setState({ ...state, busy: true });
    try {
      setState({ report: await watch("advice") });
    } catch (error) {
      setState({ error });
    }
  };
  const { report } = state;
  const advice = report?.Advice.filter((each) => !table || each.Table === table);
  const chosen = table && report?.Tables.find((each) => each.Table === table);
  const cost = table ? chosen?.CostOfAMonth.Total : report?.CostOfAMonth;
  const operations = Object.entries(chosen?.Operations ?? {})
    .filter(([, of]) => of.CostOfAMonth)
    .map(([name, of]) => `${name} ${dollars(of.CostOfAMonth)}`);
  return html`
    <section class="watched">
      <h2>${t("advice.title")}</h2>
      <p class="row"><button type="button" disabled=${state.busy} onClick=${ask}>${t("advice.ask")}</button>
        ${report
          ? html`<span class="muted">${t("advice.month", { cost: dollars(cost ?? 0), days: report.Days })}</span>`
          : html`<span class="muted">${t("advice.text")}</span>`}</p>
      ${operations.length > 0 && html`<p class="muted">${operations.join(", ")}</p>`}
      <${ErrorNote} error=${state.error} />
      ${advice?.length === 0 && html`<p class="muted">${t("advice.none")}</p>`}
      ${advice?.length > 0 && html`
        <ul class="rows" aria-label=${t("advice.title")}>
          ${advice.map((each) => html`
            <li key=${each.Kind + each.Table + each.Index}>
              <span class="badge">${each.Kind}</span>
              ${!table && html`<a href=${tableAddress(each.Table, "traffic")}>${each.Table}</a>`}
              ${each.Index && html`<span class="mono">${each.Index}</span>`}
              <span>${each.Seen}</span>
              <strong>${each.Do}</strong>
              ${each.SavesAMonth !== undefined && html`<span class="muted">${t("advice.saves", { cost: dollars(each.SavesAMonth) })}</span>`}
            </li>`)}
        </ul>`}
    </section>`;
}
