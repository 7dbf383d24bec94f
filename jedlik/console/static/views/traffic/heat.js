// The heat map: the partitions that are used most from top to bottom, time to the right, colour the
// share of what a partition can serve in a second (3,000 read units; the report counts a write unit
// as three).
import { html, useState } from "../../ui/view.js";
import { useAsync, useInterval } from "../../ui/async.js";
import { ErrorNote } from "../../ui/notes.js";
import { call, dynamodb } from "../../api/client.js";
import { endOfPeriod } from "../../api/metrics.js";
import { isReadOnly } from "../../app/facts.js";
import { tableAddress } from "../../app/router.js";
import { exact, t, tenths } from "../../app/text.js";
import { RANGES } from "./metrics.js";

const MOST_KEYS = 20;
const LIMIT = 3000;
const LOOK_AGAIN_MS = 15_000;
const LONGEST = 86_400; // a report's
const STEPS = [0, 0.02, 0.1, 0.25, 0.5, 0.8];

export function Heat({ description, range }) {
  const name = description.TableName;
  const [error, setError] = useState(null);
  const found = useAsync(() => read(name, range), [name, range]);
  useInterval(found.reload, LOOK_AGAIN_MS, [name, range]);
  const enable = async () => {
    try {
      await dynamodb("UpdateContributorInsights", { TableName: name, ContributorInsightsAction: "ENABLE" });
      found.reload();
    } catch (failed) {
      setError(failed);
    }
  };
  return html`
    <section class="heat-section">
      <h2>${t("heat.title")}</h2>
      <${ErrorNote} error=${found.error ?? error} />
      ${found.value === null && html`
        <p class="muted">${t("heat.off")}</p>
        ${!isReadOnly() && html`<p><button onClick=${enable}>${t("heat.enable")}</button></p>`}`}
      ${found.value && (found.value.keys.length
        ? html`<${HeatMap} ...${{ name, report: found.value }} />`
        : html`<p class="muted">${t("heat.nothing")}</p>`)}
    </section>`;
}

/** The report as { times, keys: [{ key, sum, cells: [units a second] }] }; null without insights. */
async function read(name, range) {
  const { output } = await dynamodb("DescribeContributorInsights", { TableName: name });
  const rule = (output.ContributorInsightsRuleList ?? []).find((each) => each.includes("-PKC-"));
  if (!rule) return null;
  const [seconds, period] = RANGES[range];
  const end = endOfPeriod(period);
  const start = end - Math.min(seconds, LONGEST);
  const report = await call("cloudwatch", "GetInsightRuleReport", {
    RuleName: rule, StartTime: start, EndTime: end, Period: period, MaxContributorCount: MOST_KEYS, OrderBy: "Sum",
  });
  const times = [];
  for (let time = start; time < end; time += period) times.push(time);
  const keys = (report.output.Contributors ?? []).map((each) => {
    const points = new Map(each.Datapoints.map((point) => [point.Timestamp, point.ApproximateValue]));
    return {
      key: each.Keys.join(" · "),
      sum: each.ApproximateAggregateValue,
      cells: times.map((time) => (points.get(time) ?? 0) / period),
    };
  });
  return { times, keys, total: report.output.AggregateValue };
}

const step = (units) => STEPS.filter((share) => units / LIMIT > share || (share === 0 && units > 0)).length;

/** Hours and minutes of a time in seconds, in UTC. */
const timeOfDay = (seconds) => exact(seconds).slice(11, 16);

function HeatMap({ name, report }) {
  const { times, keys, total } = report;
  return html`
    <div class="heat-scroll" tabindex="0" role="region" aria-label=${t("heat.title")}>
      <table class="heat">
        <thead><tr><th scope="col">${t("heat.key")}</th><th scope="col">${t("heat.share")}</th><th scope="col">${timeOfDay(times[0])} – ${timeOfDay(times.at(-1))} UTC</th></tr></thead>
        <tbody>
          ${keys.map(({ key, sum, cells }) => html`
            <tr key=${key}>
              <th scope="row" class="mono"><a href=${tableAddress(name, "items", { mode: "query", pk: key })}>${key}</a></th>
              <td class="number">${Math.round((sum / total) * 100)} %</td>
              <td><div class="cells" role="img" aria-label=${t("heat.spoken", { key, units: Math.round(sum) })}>
                ${cells.map((units, at) => html`<span class=${`heat-${step(units)}`} title=${`${key} · ${timeOfDay(times[at])} · ${t("heat.rate", { units: tenths(units), share: ((units / LIMIT) * 100).toFixed(1) })}`}></span>`)}
              </div></td>
            </tr>`)}
        </tbody>
      </table>
    </div>
    <p class="muted heat-legend">${t("heat.legend")} ${STEPS.map((share, at) => html`<span key=${share}><span class=${`heat-swatch heat-${at + 1}`}></span> > ${share * 100} %</span>`)}</p>`;
}
