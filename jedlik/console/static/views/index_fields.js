// The fields of one index, in the form for a table and in that for an index of its own.
import { html } from "../ui/view.js";
import { Select, SelectField, TextField } from "../ui/fields.js";
import { t } from "../app/text.js";

export const emptyIndex = () => ({
  kind: "gsi", name: "", hash: "", hashType: "S", range: "", rangeType: "S", projection: "ALL", attributes: "",
});

export function TypeSelect({ label, value, onChange }) {
  return html`<${Select} label=${label} value=${value} onChange=${onChange}
    options=${["S", "N", "B"].map((type) => [type, t(`type.${type}`)])} />`;
}

export function IndexFields({ index, kinds, onChange, onRemove }) {
  const set = (name) => (value) => onChange({ ...index, [name]: value });
  const isGlobal = index.kind === "gsi";
  return html`
    <fieldset class="index-fields">
      <legend>${index.name || t("create.index")}</legend>
      ${kinds.length > 1 && html`
        <${SelectField} label=${t("create.index_kind")} hint=${t(`create.${index.kind}_hint`)} value=${index.kind} onChange=${set("kind")}
          options=${kinds.map((kind) => [kind, t(`create.${kind}`)])} />`}
      <${TextField} label=${t("create.index_name")} value=${index.name} onInput=${set("name")} />
      ${isGlobal && html`
        <div class="row">
          <${TextField} label=${t("create.hash")} value=${index.hash} onInput=${set("hash")} />
          <${TypeSelect} label=${t("create.type")} value=${index.hashType} onChange=${set("hashType")} />
        </div>`}
      <div class="row">
        <${TextField} label=${t("create.range")} value=${index.range} onInput=${set("range")} />
        <${TypeSelect} label=${t("create.type")} value=${index.rangeType} onChange=${set("rangeType")} />
      </div>
      <${SelectField} label=${t("create.projection")} hint=${t("create.projection_hint")} value=${index.projection} onChange=${set("projection")}
        options=${["ALL", "KEYS_ONLY", "INCLUDE"].map((name) => [name, t(`projection.${name}`)])} />
      ${index.projection === "INCLUDE" && html`
        <${TextField} label=${t("create.attributes")} value=${index.attributes} onInput=${set("attributes")} />`}
      ${onRemove && html`<button type="button" class="quiet" onClick=${onRemove}>${t("action.remove")}</button>`}
    </fieldset>`;
}

/** { kind, input } of an index; the types of its keys are added to `types`. */
export function indexInput(index, form, types) {
  const isGlobal = index.kind === "gsi";
  const hash = isGlobal ? index.hash : form.hash.name;
  if (isGlobal && index.hash) types.set(index.hash, index.hashType);
  if (index.range) types.set(index.range, index.rangeType);
  const listed = index.attributes.split(",").map((name) => name.trim()).filter(Boolean);
  const input = {
    IndexName: index.name,
    KeySchema: [
      { AttributeName: hash, KeyType: "HASH" },
      ...(index.range ? [{ AttributeName: index.range, KeyType: "RANGE" }] : []),
    ],
    Projection: {
      ProjectionType: index.projection,
      NonKeyAttributes: index.projection === "INCLUDE" ? listed : undefined,
    },
    ProvisionedThroughput: isGlobal && form.billing === "PROVISIONED"
      ? { ReadCapacityUnits: Number(form.read), WriteCapacityUnits: Number(form.write) }
      : undefined,
  };
  return { kind: index.kind, input };
}
