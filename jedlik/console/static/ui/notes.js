// Notes to the reader: errors with what to do, empty screens with a line to paste, messages that go.
import { facts } from "../app/facts.js";
import { t } from "../app/text.js";
import { adviceKey } from "../api/errors.js";
import { html, useEffect, useState } from "./view.js";

/** The service's text, and what to do about it. */
export function ErrorNote({ error, retry }) {
  if (!error) return null;
  const advice = adviceKey(error);
  return html`
    <div class="note error" role="alert">
      <p><strong>${error.type ?? error.name}</strong> ${error.message}</p>
      ${error.reasons?.length > 0 && html`
        <ol class="mono">${error.reasons.map((reason) => html`<li>${reason.Code} ${reason.Message ?? ""}</li>`)}</ol>`}
      ${advice && html`<p class="muted">${t(advice)}</p>`}
      ${retry && html`<button class="quiet" onClick=${retry}>${t("action.retry")}</button>`}
    </div>`;
}

/** An empty screen: what would stand here, and a line that puts something there. */
export function Empty({ title, text, line, children }) {
  return html`
    <div class="empty">
      <h2>${title}</h2>
      ${text && html`<p>${text}</p>`}
      ${line && html`<${Copyable} text=${line} />`}
      ${line?.startsWith("aws ") && !facts.signed && html`<p class="hint">${t("empty.credentials")}<br /><code>export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local</code></p>`}
      ${children}
    </div>`;
}

/** A text in monospace that is copied by its button. */
export function Copyable({ text, label }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return html`
    <div class="copyable">
      <pre tabindex="0" aria-label=${label ?? t("code.label")}>${text}</pre>
      <button class="quiet" onClick=${copy}>${done ? t("action.copied") : t("action.copy")}</button>
    </div>`;
}

export const Waiting = ({ slow }) => (slow ? html`<p class="waiting" role="status">${t("loading")}</p>` : null);

const UNDO_SECONDS = 10;
const listeners = new Set();
let shown = [];
let numbers = 0;

/** Shows a message for some seconds; with `undo`, ten of them, and a button that calls it. */
export function tell(text, { undo, seconds = undo ? UNDO_SECONDS : 4, error = false } = {}) {
  numbers += 1;
  const note = { id: numbers, text, undo, error };
  shown = [...shown.slice(-2), note];
  setTimeout(() => dismiss(note), seconds * 1000);
  for (const listener of listeners) listener();
}

function dismiss(note) {
  shown = shown.filter((each) => each !== note);
  for (const listener of listeners) listener();
}

/** The messages that are shown now. */
export function Messages() {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const listener = () => setTurn((old) => old + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return html`
    <div class="messages" role="status" aria-live="polite">
      ${shown.map((note) => html`
        <div key=${note.id} class=${note.error ? "message error" : "message"}>
          <span>${note.text}</span>
          ${note.undo && html`
            <button onClick=${() => { dismiss(note); note.undo(); }}>${t("action.undo")}</button>`}
        </div>`)}
    </div>`;
}
