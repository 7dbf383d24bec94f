// Requests one by one, while the page is open: those that failed with the service's text, and the
// slowest, each with its expressions and what could be better about it.
import { html, useRef, useState } from "../../ui/view.js";
import { useAsync, useInterval } from "../../ui/async.js";
import { ErrorNote } from "../../ui/notes.js";
import { Time } from "../../ui/time.js";
import { watch } from "../../api/client.js";
import { t, tenths } from "../../app/text.js";

const LOOK_AGAIN_MS = 3000;
const MOST_KEPT = 1000;
const MOST_SHOWN = 20;

export function Requests({ table }) {
  const seen = useRef({ after: null, requests: [] });
  const [requests, setRequests] = useState([]);
  const found = useAsync(async (signal) => {
    const { after } = seen.current;
    const news = await watch(`requests${after === null ? "" : `?after=${after}`}`, signal);
    seen.current = { after: news.last, requests: [...news.requests.reverse(), ...seen.current.requests].slice(0, MOST_KEPT) };
    setRequests(seen.current.requests);
    return true;
  }, []);
  useInterval(found.reload, found.error ? 0 : LOOK_AGAIN_MS, [found.error]);
  const own = requests.filter((each) => (table ? (each.table ?? "").split(",").includes(table) : each.table || each.error));
  const failed = own.filter((each) => each.error).slice(0, MOST_SHOWN);
  const slowest = own.filter((each) => !each.error).sort((one, other) => other.ms - one.ms).slice(0, MOST_SHOWN);
  return html`
    <section class="watched">
      <h2>${t("requests.failed")}</h2>
      <${ErrorNote} error=${found.error} retry=${found.reload} />
      <${List} requests=${failed} label=${t("requests.failed")} nothing=${t("requests.none_failed")} />
    </section>
    <section class="watched">
      <h2>${t("requests.slowest")}</h2>
      <${List} requests=${slowest} label=${t("requests.slowest")} nothing=${t("requests.none")} />
    </section>`;
}

function List({ requests, label, nothing }) {
  if (!requests.length) return html`<p class="muted">${nothing}</p>`;
  return html`
    <ul class="rows requests" aria-label=${label}>
      ${requests.map((each) => html`
        <li key=${each.number}>
          <${Time} class="muted" seconds=${each.time} />
          <strong>${each.operation}</strong>
          <span class="mono">${[each.table, each.index].filter(Boolean).join(".")}</span>
          <span class="number">${t("call.ms", { ms: tenths(each.ms) })}</span>
          ${each.units !== undefined && html`<span class="number">${t("call.units", { units: tenths(each.units) })}</span>`}
          ${each.items !== undefined && html`<span class="muted number">${each.scanned === undefined || each.scanned === each.items
            ? t("table.items", { count: each.items }) : t("requests.of", { items: each.items, scanned: each.scanned })}</span>`}
          ${each.error && html`<span class="badge bad">${each.error}</span>`}
          ${each.message && html`<span>${each.message}</span>`}
          ${each.text && html`<code class="mono muted">${each.text}</code>`}
          ${each.hint && html`<span class="hint">${each.hint}</span>`}
        </li>`)}
    </ul>`;
}
