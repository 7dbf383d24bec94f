// A part of a table's settings: what it decides, its fields, and one button to save them.
import { html, useState } from "../../ui/view.js";
import { ErrorNote } from "../../ui/notes.js";
import { isReadOnly } from "../../app/facts.js";
import { t } from "../../app/text.js";

/** `onSave` makes the call, or the calls one after another; `changed`: there is something to save,
 *  and so a button to do it. */
export function Part({ title, hint, onSave, changed, children }) {
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setError(null);
    try {
      await onSave();
    } catch (failed) {
      setError(failed);
    }
  };
  return html`
    <form class="part" onSubmit=${submit}>
      <div class="part-about"><h2>${title}</h2><p class="hint">${hint}</p></div>
      <fieldset class="part-fields" disabled=${isReadOnly()}>
        ${children}
        ${changed && !isReadOnly() && html`<button class="primary">${t("action.save")}</button>`}
        <${ErrorNote} error=${error} />
      </fieldset>
    </form>`;
}
