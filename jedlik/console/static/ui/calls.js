// The line at the foot of every screen: the last call, what it consumed, and the calls as code.
import { onCall } from "../api/client.js";
import { region } from "../api/credentials.js";
import { keep, kept } from "../app/settings.js";
import { t, tenths } from "../app/text.js";
import { LANGUAGES, generate } from "../code/generate.js";
import { Segments } from "./fields.js";
import { Copyable } from "./notes.js";
import { html, names, useEffect, useLayoutEffect, useState } from "./view.js";

const KEPT = 40;
const QUIET = new Set(["GetMetricData", "GetRecords"]);
let recent = [];
let number = 0;

onCall((record) => {
  number += 1;
  const last = recent[0];
  const entry = { ...record, id: number };
  // A view that asks again and again has one line, not all of them.
  const again = last && QUIET.has(record.operation) && last.operation === record.operation;
  recent = again ? [entry, ...recent.slice(1)] : [entry, ...recent].slice(0, KEPT);
});

/** Units that an answer reports, of one table or of several; null if it reports none. */
export function unitsOf(output) {
  const consumed = output?.ConsumedCapacity;
  if (!consumed) return null;
  return [consumed].flat().reduce((sum, each) => sum + (each.CapacityUnits ?? 0), 0);
}

function summary({ operation, output, error, ms }) {
  const consumed = unitsOf(output);
  return [
    operation,
    error ? error.type : consumed !== null && t("call.units", { units: tenths(consumed) }),
    t("call.ms", { ms: ms < 10 ? ms.toFixed(1) : Math.round(ms) }),
  ].filter(Boolean).join("  ·  ");
}

export function CallBar() {
  const [calls, setCalls] = useState(recent);
  const [open, setOpen] = useState(false);
  useEffect(() => onCall(() => queueMicrotask(() => setCalls(recent))), []);
  useLayoutEffect(() => {
    const onKey = (event) => {
      if (event.key === "." && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setOpen((old) => !old);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return html`
    <footer class=${names("calls", { open })}>
      ${open && html`<${Calls} calls=${calls} onClose=${() => setOpen(false)} />`}
      <div class="calls-line">
        <span class="mono calls-last">${calls[0] ? summary(calls[0]) : ""}</span>
        <button class="quiet" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>
          ${t("call.code")} <kbd>Ctrl .</kbd></button>
      </div>
    </footer>`;
}

function Calls({ calls, onClose }) {
  const [language, setLanguage] = useState(kept("code", "cli"));
  const [chosen, setChosen] = useState(null);
  const call = calls.find((each) => each.id === chosen) ?? calls[0];
  const choose = (name) => {
    setLanguage(name);
    keep("code", name);
  };
  const at = { endpoint: window.location.origin, region: region() };
  return html`
    <section class="calls-panel" aria-label=${t("call.title")}
      onKeyDown=${(event) => event.key === "Escape" && (event.stopPropagation(), onClose())}>
      <ul class="calls-list" aria-label=${t("call.recent")}>
        ${calls.map((each) => html`
          <li key=${each.id}><button class=${names("mono", { error: each.error })} aria-pressed=${String(each === call)}
            onClick=${() => setChosen(each.id)}>${summary(each)}</button></li>`)}
      </ul>
      <div class="calls-code">
        <${Segments} label=${t("call.language")} options=${LANGUAGES} value=${language} onChange=${choose} />
        ${call && html`<${Copyable} text=${generate(language, call, at)} />`}
      </div>
    </section>`;
}
