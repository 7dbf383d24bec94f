// Mappings between streams and functions: state, how far behind, what went wrong last.
import { html, useState } from "../../ui/view.js";
import { useAsync } from "../../ui/async.js";
import { ErrorNote } from "../../ui/notes.js";
import { Time } from "../../ui/time.js";
import { call } from "../../api/client.js";
import { endOfPeriod } from "../../api/metrics.js";
import { setMapping } from "../../api/functions.js";
import { isReadOnly } from "../../app/facts.js";
import { t } from "../../app/text.js";

const STATES = { Enabled: "good", Disabled: "plain" };
const MINUTE = 60;
const LOOK_BACK = 900;

export function Mappings({ mappings, reload }) {
  const [error, setError] = useState(null);
  const toggle = async (mapping) => {
    setError(null);
    try {
      await setMapping(mapping.UUID, mapping.State !== "Enabled");
      reload();
    } catch (failed) {
      setError(failed);
    }
  };
  return html`
    <ul class="rows">
      ${mappings.map((mapping) => {
        const name = mapping.FunctionArn.split(":")[6];
        return html`
          <li key=${mapping.UUID}>
            <span class=${`badge ${STATES[mapping.State] ?? ""}`}>${mapping.State}</span>
            <strong class="mono">${name}</strong>
            <span class="muted mono" title=${mapping.EventSourceArn}>${mapping.EventSourceArn.split("/")[1]}</span>
            <span class="muted">${t("mappings.batch", { size: mapping.BatchSize, retries: mapping.MaximumRetryAttempts < 0 ? Infinity : mapping.MaximumRetryAttempts })}</span>
            <${Lag} name=${name} turn=${mappings} />
            <span>${mapping.LastProcessingResult ?? ""}</span>
            <${Time} class="muted" seconds=${mapping.LastModified} />
            ${!isReadOnly() && html`<button class="quiet" onClick=${() => toggle(mapping)}>${t(mapping.State === "Enabled" ? "mappings.disable" : "mappings.enable")}</button>`}
          </li>`;
      })}
    </ul>
    <${ErrorNote} error=${error} />`;
}

/** How old the last record was when the function got it, and errors: of the last minutes. */
function Lag({ name, turn }) {
  const found = useAsync(() => lagOf(name), [name, turn]);
  if (!found.value) return null;
  const { age, errors } = found.value;
  return html`
    ${age !== null && html`<span class="number muted">${t("mappings.lag", { ms: Math.round(age) })}</span>`}
    ${errors > 0 && html`<span class="badge bad">${t("mappings.errors", { count: errors })}</span>`}`;
}

async function lagOf(name) {
  const end = endOfPeriod(MINUTE);
  const query = (Id, MetricName, Stat) => ({
    Id, MetricStat: { Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions: [{ Name: "FunctionName", Value: name }] }, Period: MINUTE, Stat },
  });
  const { output } = await call("cloudwatch", "GetMetricData", {
    StartTime: end - LOOK_BACK, EndTime: end,
    MetricDataQueries: [query("age", "IteratorAge", "Maximum"), query("errors", "Errors", "Sum")],
  });
  const of = (id) => output.MetricDataResults.find((each) => each.Id === id)?.Values ?? [];
  return { age: of("age")[0] ?? null, errors: of("errors").reduce((sum, each) => sum + each, 0) };
}
