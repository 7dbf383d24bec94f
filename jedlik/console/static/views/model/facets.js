// Facets: the items of one kind, with what its keys are called, as NoSQL Workbench draws them.
import { html, useState } from "../../ui/view.js";
import { Segments, Select } from "../../ui/fields.js";
import { Value } from "../items/columns.js";
import { identity, keysOf } from "../../api/tables.js";
import { t } from "../../app/text.js";
import { typeOf } from "../../values/attribute.js";

const MOST_SHOWN = 50;
const MOST_SEGMENTS = 6;
const NEW = { TableData: [], DataAccess: { MySql: {} } }; // as Workbench writes one without data

/** `facets` and `items` are the report's about a table; `missing` are entities without a facet of
 *  their name, `onMake()` makes theirs, `onRemove(name)` takes one away. */
export function Facets({ definition, facets, items, missing, onMake, onRemove }) {
  const [chosen, setChosen] = useState(facets[0]?.name);
  const facet = facets.find(({ name }) => name === chosen) ?? facets[0];
  const names = facets.map(({ name }) => [name, name]);
  const choice = { label: t("model.facets"), options: names, value: facet?.name, onChange: setChosen };
  return html`
    <section class="facets" aria-label=${t("model.facets")}>
      <div class="row"><h2>${t("model.facets")}</h2>
        ${facet && (names.length > MOST_SEGMENTS ? html`<${Select} ...${choice} />` : html`<${Segments} ...${choice} />`)}
        <span class="spring"></span>
        ${missing.length > 0 && html`<button type="button" class="quiet" onClick=${onMake}>+ ${t("model.facets_make", { count: missing.length })}</button>`}
        ${facet && html`<button type="button" class="quiet" aria-label=${t("tree.remove", { name: facet.name })} onClick=${() => onRemove(facet.name)}>${t("action.remove")}</button>`}
      </div>
      ${facet ? html`<${Shown} ...${{ definition, facet, items }} />` : html`<p class="muted">${t("model.facets_none")}</p>`}
    </section>`;
}

function Shown({ definition, facet, items }) {
  const { hash, range } = keysOf(definition);
  const keys = [...hash, ...range];
  const others = facet.attributes.filter((name) => !keys.includes(name));
  const within = facet.items.map((number) => items[number]);
  return html`
    <div class="heat-scroll" tabindex="0" role="region" aria-label=${facet.name}>
      <table class="model-table">
        <thead><tr>
          ${keys.map((name, at) => html`<th scope="col" class="mono" key=${name}><strong>${facet.aliases[at]}</strong> ${facet.aliases[at] !== name && name}</th>`)}
          ${others.map((name) => html`<th scope="col" class="mono" key=${name}>${name}</th>`)}
        </tr></thead>
        <tbody>
          ${within.slice(0, MOST_SHOWN).map((item) => html`
            <tr key=${identity(definition, item)}>
              ${[...keys, ...others].map((name) => html`<td key=${name}>${item[name] && html`<${Value} value=${item[name]} />`}</td>`)}
            </tr>`)}
        </tbody>
      </table>
    </div>
    ${!within.length && html`<p class="muted">${t("model.facet_empty")}</p>`}
    ${within.length > MOST_SHOWN && html`<p class="muted">${t("model.facet_more", { count: within.length - MOST_SHOWN })}</p>`}`;
}

/** A table of the document with facets of entities more: their keys' templates as aliases, and the
 *  attributes that their items have. `made` names the entity of each item. */
export function withFacets(table, definition, entities, items, made) {
  const { hash: [partition], range: [sort] } = keysOf(definition);
  const types = new Map();
  const facets = entities.map((entity) => {
    const names = new Set();
    for (const item of items.filter((_item, at) => made[at] === entity.Name)) {
      for (const [name, value] of Object.entries(item)) {
        if (name === partition || name === sort) continue;
        names.add(name);
        types.set(name, typeOf(value));
      }
    }
    const KeyAttributeAlias = { PartitionKeyAlias: entity.Keys[partition], ...(sort && { SortKeyAlias: entity.Keys[sort] }) };
    return { FacetName: entity.Name, KeyAttributeAlias, NonKeyAttributes: [...names], ...NEW };
  });
  const known = table.NonKeyAttributes ?? [];
  const unknown = [...types].filter(([name]) => !known.some(({ AttributeName }) => AttributeName === name));
  return {
    ...table,
    NonKeyAttributes: [...known, ...unknown.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }))],
    TableFacets: [...(table.TableFacets ?? []), ...facets],
  };
}
