// Fields of forms: a label, a control, and a line that teaches.
import { html, names, useId } from "./view.js";

export function Field({ label, hint, problem, children, wide }) {
  const id = useId();
  return html`
    <div class=${names("field", { wide })}>
      <label for=${id}>${label}</label>
      ${children({ id, "aria-describedby": hint || problem ? `${id}-hint` : undefined, "aria-invalid": problem ? "true" : undefined })}
      ${(problem || hint) && html`<p id=${`${id}-hint`} class=${problem ? "problem" : "hint"}>${problem || hint}</p>`}
    </div>`;
}

export function TextField({ label, hint, problem, value, onInput, wide, ...rest }) {
  return html`
    <${Field} ...${{ label, hint, problem, wide }}>
      ${(attributes) => html`<input type="text" spellcheck=${false} autocomplete="off" ...${attributes} ...${rest}
        value=${value} onInput=${(event) => onInput(event.target.value)} />`}
    <//>`;
}

export function Select({ label, options, value, onChange, className, ...rest }) {
  return html`
    <select class=${className} aria-label=${label} value=${value} ...${rest} onChange=${(event) => onChange(event.target.value)}>
      ${options.map((option) => {
        const [key, text] = Array.isArray(option) ? option : [option, option];
        return html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`;
      })}
    </select>`;
}

export function SelectField({ label, hint, options, value, onChange }) {
  return html`
    <${Field} ...${{ label, hint }}>
      ${(attributes) => html`
        <select ...${attributes} value=${value} onChange=${(event) => onChange(event.target.value)}>
          ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
        </select>`}
    <//>`;
}

export function Check({ label, hint, checked, onChange, disabled }) {
  const id = useId();
  return html`
    <div class="check">
      <input id=${id} type="checkbox" checked=${checked} disabled=${disabled}
        aria-describedby=${hint ? `${id}-hint` : undefined} onChange=${(event) => onChange(event.target.checked)} />
      <label for=${id}>${label}</label>
      ${hint && html`<p id=${`${id}-hint`} class="hint">${hint}</p>`}
    </div>`;
}

/** Choices of which one holds: options [[value, text]]. */
export function Segments({ label, options, value, onChange }) {
  return html`
    <div class="segments" role="group" aria-label=${label}>
      ${options.map(([key, text]) => html`
        <button key=${key} type="button" aria-pressed=${String(key === value)} onClick=${() => onChange(key)}>${text}</button>`)}
    </div>`;
}
