// Entities: how their keys are made, how many there are and how large. Every change is checked again.
import { html } from "../../ui/view.js";
import { t } from "../../app/text.js";

const FIGURES = [["Count", "model.count"], ["ItemBytes", "model.bytes"], ["PerCollection", "model.per_collection"]];

/** `keyNames` are the key attributes of the table and its indexes; `colour(entity)` a number. */
export function Entities({ entities, keyNames, colour, onChange }) {
  const change = (at, entity) => onChange(entities.map((old, number) => (number === at ? entity : old)));
  return html`
    <div class="heat-scroll" tabindex="0" role="region" aria-label=${t("model.entities")}>
      <table class="model-table">
        <thead><tr><th scope="col">${t("model.entities")}</th>
          ${keyNames.map((name) => html`<th scope="col" class="mono" key=${name}>${name}</th>`)}
          ${FIGURES.map(([name, label]) => html`<th scope="col" key=${name}>${t(label)}</th>`)}</tr></thead>
        <tbody>
          ${entities.map((entity, at) => html`
            <tr key=${at}>
              <th scope="row"><span class="swatch" style=${{ background: `var(--type-${colour(entity)})` }}></span>${entity.Name}</th>
              ${keyNames.map((name) => html`
                <td key=${name}><input type="text" class="mono" spellcheck=${false} aria-label=${`${entity.Name} ${name}`}
                  value=${entity.Keys[name] ?? ""} onInput=${(event) => change(at, { ...entity, Keys: keysWith(entity.Keys, name, event.target.value) })} /></td>`)}
              ${FIGURES.map(([name, label]) => html`
                <td key=${name}><input type="text" class="number" inputmode="numeric" aria-label=${`${entity.Name} ${t(label)}`}
                  value=${entity[name] ?? ""} onInput=${(event) => change(at, { ...entity, [name]: whole(event.target.value) })} /></td>`)}
            </tr>`)}
        </tbody>
      </table>
    </div>`;
}

/** Keys with one of them changed; an empty one is gone: the entity is in no index by it. */
function keysWith(keys, name, template) {
  const { [name]: _old, ...others } = keys;
  return template ? { ...others, [name]: template } : others;
}

/** A whole number, or nothing; what is neither is the text, which the check refuses by its name. */
const whole = (text) => (text === "" ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : text);
