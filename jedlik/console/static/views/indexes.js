// Indexes of a table: what they hold, what they cost, one more, one fewer.
import { html, useState } from "../ui/view.js";
import { useInterval } from "../ui/async.js";
import { Empty, ErrorNote, tell } from "../ui/notes.js";
import { dynamodb } from "../api/client.js";
import { indexes, isOnDemand, tablesChanged } from "../api/tables.js";
import { isReadOnly } from "../app/facts.js";
import { tableAddress } from "../app/router.js";
import { bytes, count, t } from "../app/text.js";
import { IndexFields, emptyIndex, indexInput } from "./index_fields.js";

const LOOK_AGAIN_MS = 2000;

export default function Indexes({ description, reload }) {
  const [form, setForm] = useState(null);
  const [error, setError] = useState(null);
  const found = indexes(description);
  const isChanging = found.some((index) => index.status !== "ACTIVE") || description.TableStatus !== "ACTIVE";
  useInterval(reload, isChanging ? LOOK_AGAIN_MS : 0);
  const change = async (update, done) => {
    setError(null);
    try {
      await dynamodb("UpdateTable", { TableName: description.TableName, ...update });
      tell(done);
      setForm(null);
      tablesChanged();
      reload();
    } catch (failed) {
      setError(failed);
    }
  };
  const add = (event) => {
    event.preventDefault();
    const types = new Map(description.AttributeDefinitions.map((each) => [each.AttributeName, each.AttributeType]));
    const units = isOnDemand(description)
      ? { billing: "PAY_PER_REQUEST" }
      : { billing: "PROVISIONED", read: description.ProvisionedThroughput.ReadCapacityUnits, write: description.ProvisionedThroughput.WriteCapacityUnits };
    const { input } = indexInput(form, { ...units, hash: { name: "" } }, types);
    change({
      AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      GlobalSecondaryIndexUpdates: [{ Create: input }],
    }, t("indexes.added", { name: form.name }));
  };
  const drop = (name) => change(
    { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: name } }] }, t("indexes.dropped", { name }));
  return html`
    <section class="scroll">
      <${ErrorNote} error=${error} />
      ${found.length > 0
        ? html`<ul class="cards">${found.map((index) => html`<${Index} key=${index.name} ...${{ index, description }} onDrop=${() => drop(index.name)} />`)}</ul>`
        : !form && html`<${Empty} title=${t("indexes.none")} text=${t("indexes.none_text")} />`}
      ${!isReadOnly() && (form
        ? html`
          <form class="form" onSubmit=${add}>
            <${IndexFields} index=${form} kinds=${["gsi"]} onChange=${setForm} />
            <p class="row"><button class="primary" disabled=${!form.name || !form.hash}>${t("indexes.create")}</button>
              <button type="button" onClick=${() => setForm(null)}>${t("action.close")}</button></p>
          </form>`
        : html`<p><button onClick=${() => setForm(emptyIndex())}>+ ${t("create.add_index")}</button></p>`)}
    </section>`;
}

function Index({ index, description, onDrop }) {
  const [sure, setSure] = useState(false);
  const { ProjectionType, NonKeyAttributes } = index.projection;
  return html`
    <li class="card">
      <h2 class="mono"><a href=${tableAddress(description.TableName, "items", { index: index.name })}>${index.name}</a>
        <span class="badge plain">${index.kind.toUpperCase()}</span>
        ${index.status !== "ACTIVE" && html`<span class="badge">${index.status}</span>`}</h2>
      <dl class="facts-list">
        <dt>${t("create.hash")}</dt><dd class="mono">${index.hash.join(", ")}</dd>
        ${index.range.length > 0 && html`<dt>${t("create.range")}</dt><dd class="mono">${index.range.join(", ")}</dd>`}
        <dt>${t("create.projection")}</dt><dd>${t(`projection.${ProjectionType}`)} <span class="mono">${(NonKeyAttributes ?? []).join(", ")}</span></dd>
        <dt>${t("tables.items")}</dt><dd class="number">${count(index.items)}, ${bytes(index.size)}</dd>
      </dl>
      ${index.kind === "gsi" && !isReadOnly() && (sure
        ? html`<p class="row"><button class="danger" onClick=${onDrop}>${t("indexes.drop_sure", { name: index.name })}</button>
            <button onClick=${() => setSure(false)}>${t("action.close")}</button></p>`
        : html`<button class="quiet" onClick=${() => setSure(true)}>${t("action.delete")}</button>`)}
    </li>`;
}
