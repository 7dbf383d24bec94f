// Traffic of a table, or of all: plots over one axis, which partitions are hot, requests that failed
// or were slow, advice, alarms, caches.
import { html, useState } from "../ui/view.js";
import { Segments } from "../ui/fields.js";
import { ErrorNote, Waiting } from "../ui/notes.js";
import { Time } from "../ui/time.js";
import { useAsync, useInterval } from "../ui/async.js";
import { call } from "../api/client.js";
import { setParams } from "../app/router.js";
import { t } from "../app/text.js";
import { Advice } from "./traffic/advice.js";
import { Clusters } from "./traffic/clusters.js";
import { Heat } from "./traffic/heat.js";
import { RANGES, measure } from "./traffic/metrics.js";
import { Plot } from "./traffic/plots.js";
import { Requests } from "./traffic/requests.js";

const LOOK_AGAIN_MS = 5000;

export default function Traffic({ table = null, description, params }) {
  const range = Object.hasOwn(RANGES, params.get("range")) ? params.get("range") : "1h";
  const [zoom, setZoom] = useState(null);
  const found = useAsync(() => measure(table, range), [table, range]);
  useInterval(found.reload, zoom ? 0 : LOOK_AGAIN_MS, [table, range]);
  const { times, requests, read, write, latency, refused } = found.value ?? {};
  const common = { times, zoom, onZoom: setZoom };
  const part = (label) => (label === "consumed" ? t("traffic.consumed") : label === "provisioned" ? t("create.provisioned") : label);
  return html`
    <section class="scroll">
      <div class="row plots-bar">
        ${!table && html`<h1>${t("screen.traffic")}</h1>`}
        <${Segments} label=${t("traffic.range")} value=${range} options=${Object.keys(RANGES).map((name) => [name, name])}
          onChange=${(name) => { setZoom(null); setParams({ range: name }); }} />
        ${zoom
          ? html`<button onClick=${() => setZoom(null)}>${t("traffic.unzoom")}</button>`
          : html`<span class="muted">${t("traffic.live")}</span>`}
      </div>
      <${ErrorNote} error=${found.error} retry=${found.reload} />
      ${found.value ? html`
        <div class="plots">
          <${Plot} title=${t("traffic.requests")} unit=${t("traffic.per_second")} series=${requests} ...${common} />
          <${Plot} title=${t("traffic.latency")} unit="ms" series=${latency} ...${common} />
          <${Plot} title=${t("traffic.read")} unit=${t("traffic.units")} series=${read} dashed=${["provisioned"]} labelOf=${part} ...${common} />
          <${Plot} title=${t("traffic.write")} unit=${t("traffic.units")} series=${write} dashed=${["provisioned"]} labelOf=${part} ...${common} />
          <${Plot} title=${t("traffic.refused")} unit=${t("traffic.per_point")} series=${refused} labelOf=${(label) => t(`refused.${label}`)} ...${common} />
        </div>` : html`<${Waiting} slow=${found.slow} />`}
      ${table && html`<${Heat} description=${description} range=${range} />`}
      <${Requests} table=${table} />
      <${Advice} table=${table} />
      <${Alarms} table=${table} />
      <${Clusters} />
    </section>`;
}

const STATES = { OK: "good", ALARM: "bad", INSUFFICIENT_DATA: "plain" };

/** Alarms of the table, or all. */
function Alarms({ table }) {
  const found = useAsync(async () => {
    const { output } = await call("cloudwatch", "DescribeAlarms", {});
    return (output.MetricAlarms ?? []).filter((alarm) => !table || JSON.stringify(alarm).includes(JSON.stringify(table)));
  }, [table]);
  const line = `aws cloudwatch put-metric-alarm --endpoint-url ${window.location.origin} --alarm-name throttled --namespace AWS/DynamoDB \\
    --metric-name WriteThrottleEvents --dimensions Name=TableName,Value=${table ?? "Music"} --statistic Sum --period 60 \\
    --evaluation-periods 1 --threshold 0 --comparison-operator GreaterThanThreshold`;
  return html`
    <section class="alarms">
      <h2>${t("alarms.title")}</h2>
      <${ErrorNote} error=${found.error} />
      ${found.value?.length === 0 && html`<p class="muted">${t("alarms.none")}</p><pre class="line" tabindex="0">${line}</pre>`}
      <ul class="rows">
        ${found.value?.map((alarm) => html`
          <li key=${alarm.AlarmName}>
            <span class=${`badge ${STATES[alarm.StateValue]}`}>${alarm.StateValue}</span>
            <strong>${alarm.AlarmName}</strong>
            <span class="mono muted">${alarm.MetricName ?? ""} ${alarm.ComparisonOperator ?? ""} ${alarm.Threshold ?? ""}</span>
            <${Time} class="muted" seconds=${alarm.StateUpdatedTimestamp} />
            <span class="muted">${alarm.StateReason}</span>
          </li>`)}
      </ul>
    </section>`;
}
