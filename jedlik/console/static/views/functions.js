// Functions: what there is, what triggers them, and one call with what one types.
import { html, useState } from "../ui/view.js";
import { Copyable, Empty, ErrorNote, Waiting } from "../ui/notes.js";
import { useAsync, useInterval } from "../ui/async.js";
import { invoke, listFunctions, listMappings } from "../api/functions.js";
import { isReadOnly } from "../app/facts.js";
import { address } from "../app/router.js";
import { region } from "../api/credentials.js";
import { bytes, t } from "../app/text.js";
import { Mappings } from "./functions/mappings.js";

const LOOK_AGAIN_MS = 5000;

export default function Functions({ rest }) {
  const found = useAsync(listFunctions, []);
  if (found.error) return html`<${ErrorNote} error=${found.error} retry=${found.reload} />`;
  if (!found.value) return html`<${Waiting} slow=${found.slow} />`;
  if (!found.value.length) {
    const line = `aws lambda create-function --function-name watch \\
    --runtime python3.11 --handler watch.handler \\
    --zip-file fileb://watch.zip --role arn:aws:iam::000000000000:role/any \\
    --region ${region()} --endpoint-url ${window.location.origin}`;
    return html`<${Empty} title=${t("functions.none")} text=${t("functions.none_text")} line=${line} />`;
  }
  const chosen = found.value.find((each) => each.FunctionName === rest[0]) ?? found.value[0];
  return html`
    <section class="fill columns">
      <ul class="pick" aria-label=${t("screen.functions")}>
        ${found.value.map((each) => html`
          <li key=${each.FunctionName}><a class="mono" aria-current=${each === chosen ? "page" : undefined} href=${address(["functions", each.FunctionName])}>${each.FunctionName}</a></li>`)}
      </ul>
      <${Details} key=${chosen.FunctionName} about=${chosen} />
    </section>`;
}

function Details({ about }) {
  const [event, setEvent] = useState('{\n  "Records": []\n}');
  const [result, setResult] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const mappings = useAsync(() => listMappings({ functionName: about.FunctionName }), [about.FunctionName]);
  useInterval(mappings.reload, LOOK_AGAIN_MS, [about.FunctionName]);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      setResult(await invoke(about.FunctionName, event));
    } catch (failed) {
      setError(failed);
    }
    setBusy(false);
  };
  return html`
    <div class="scroll">
      <h1 class="mono">${about.FunctionName}</h1>
      <dl class="facts-list">
        <dt>${t("functions.handler")}</dt><dd class="mono">${about.Handler}</dd>
        <dt>${t("functions.runtime")}</dt><dd class="mono">${about.Runtime}</dd>
        <dt>${t("functions.limits")}</dt><dd class="number">${about.MemorySize} MB, ${about.Timeout} s, ${bytes(about.CodeSize)}</dd>
        <dt>${t("functions.role")}</dt><dd class="mono">${about.Role}</dd>
      </dl>
      <h2>${t("functions.triggers")}</h2>
      <${ErrorNote} error=${mappings.error} />
      ${mappings.value && (mappings.value.length ? html`<${Mappings} mappings=${mappings.value} reload=${mappings.reload} />` : html`<p class="muted">${t("functions.no_triggers")}</p>`)}
      ${!isReadOnly() && html`
        <h2>${t("functions.once")}</h2>
        <textarea class="mono" rows="8" spellcheck=${false} aria-label=${t("functions.event")} value=${event} onInput=${(typed) => setEvent(typed.target.value)}></textarea>
        <p class="row gap"><button class="primary" disabled=${busy} onClick=${run}>${t("functions.invoke")}</button></p>
        <${ErrorNote} error=${error} />
        ${result && html`
          ${result.error && html`<p class="problem">${result.error}</p>`}
          <h2>${t("functions.answer")}</h2><${Copyable} text=${result.payload} />
          <h2>${t("functions.log")}</h2><${Copyable} text=${result.log || "–"} />`}`}
    </div>`;
}
