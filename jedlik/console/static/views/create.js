// A form for a table. Beside every choice stands what it decides, below it the call that it makes.
import { html, useState } from "../ui/view.js";
import { Check, Field, Segments, SelectField, TextField } from "../ui/fields.js";
import { Copyable, ErrorNote, tell } from "../ui/notes.js";
import { pause } from "../ui/async.js";
import { LANGUAGES, generate } from "../code/generate.js";
import { dynamodb } from "../api/client.js";
import { region } from "../api/credentials.js";
import { tablesChanged } from "../api/tables.js";
import { go, tableAddress } from "../app/router.js";
import { keep, kept } from "../app/settings.js";
import { t } from "../app/text.js";
import { IndexFields, TypeSelect, emptyIndex, indexInput } from "./index_fields.js";

const LOOK_AGAIN_MS = 500;
const EMPTY = {
  name: "", hash: { name: "", type: "S" }, range: { name: "", type: "S" }, indexes: [],
  billing: "PAY_PER_REQUEST", read: "5", write: "5", stream: "", ttl: "", protect: false,
  tableClass: "STANDARD", tags: "",
};

export default function Create() {
  const [form, setForm] = useState(EMPTY);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [language, setLanguage] = useState(kept("code", "cli"));
  const set = (name) => (value) => setForm((old) => ({ ...old, [name]: value }));
  const input = createInput(form);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await create(form, input);
      tablesChanged();
      tell(t("create.done", { name: form.name }));
      go(tableAddress(form.name));
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return html`
    <section class="scroll split">
      <form class="form" onSubmit=${submit}>
        <h1>${t("screen.new")}</h1>
        <${TextField} label=${t("create.name")} hint=${t("create.name_hint")} value=${form.name} onInput=${set("name")} required autofocus pattern="[A-Za-z0-9_.\\-]{3,255}" title=${t("create.name_hint")} />
        <${KeyField} label=${t("create.hash")} hint=${t("create.hash_hint")} value=${form.hash} onChange=${set("hash")} required />
        <${KeyField} label=${t("create.range")} hint=${t("create.range_hint")} value=${form.range} onChange=${set("range")} />
        <${Capacity} form=${form} set=${set} />
        <h2>${t("create.indexes")}</h2>
        <p class="hint">${t("create.indexes_hint")}</p>
        ${form.indexes.map((index, at) => html`
          <${IndexFields} key=${at} index=${index} kinds=${["gsi", "lsi"]}
            onChange=${(changed) => set("indexes")(form.indexes.with(at, changed))}
            onRemove=${() => set("indexes")(form.indexes.toSpliced(at, 1))} />`)}
        <button type="button" class="quiet" onClick=${() => set("indexes")([...form.indexes, emptyIndex()])}>+ ${t("create.add_index")}</button>
        <h2>${t("create.more")}</h2>
        <${SelectField} label=${t("create.stream")} hint=${t("create.stream_hint")} value=${form.stream} onChange=${set("stream")} options=${streamOptions()} />
        <${TextField} label=${t("create.ttl")} hint=${t("create.ttl_hint")} value=${form.ttl} onInput=${set("ttl")} />
        <${SelectField} label=${t("create.class")} hint=${t("create.class_hint")} value=${form.tableClass} onChange=${set("tableClass")}
          options=${[["STANDARD", "Standard"], ["STANDARD_INFREQUENT_ACCESS", "Standard-IA"]]} />
        <${TextField} label=${t("create.tags")} hint=${t("create.tags_hint")} value=${form.tags} onInput=${set("tags")} />
        <${Check} label=${t("create.protect")} hint=${t("create.protect_hint")} checked=${form.protect} onChange=${set("protect")} />
        <${ErrorNote} error=${error} />
        <p><button class="primary" disabled=${busy}>${t("create.submit")}</button></p>
      </form>
      <aside class="aside" aria-label=${t("call.title")}>
        <${Segments} label=${t("call.language")} options=${LANGUAGES} value=${language} onChange=${(name) => { setLanguage(name); keep("code", name); }} />
        <${Copyable} text=${generate(language, { service: "dynamodb", operation: "CreateTable", input }, { endpoint: window.location.origin, region: region() })} />
        <p class="hint">${t("create.aside")}</p>
      </aside>
    </section>`;
}

export const streamOptions = () => [
  ["", t("create.no_stream")], ["NEW_AND_OLD_IMAGES", t("create.both_images")],
  ["NEW_IMAGE", t("create.new_image")], ["OLD_IMAGE", t("create.old_image")], ["KEYS_ONLY", t("create.keys_only")],
];

function KeyField({ label, hint, value, onChange, required }) {
  return html`
    <${Field} ...${{ label, hint }}>
      ${(attributes) => html`
        <span class="row">
          <input type="text" class="mono" ...${attributes} required=${required} spellcheck=${false} value=${value.name}
            onInput=${(event) => onChange({ ...value, name: event.target.value })} />
          <${TypeSelect} label=${`${label}: ${t("create.type")}`} value=${value.type} onChange=${(type) => onChange({ ...value, type })} />
        </span>`}
    <//>`;
}

function Capacity({ form, set }) {
  return html`
    <div class="field">
      <span class="label">${t("create.capacity")}</span>
      <${Segments} label=${t("create.capacity")} value=${form.billing} onChange=${set("billing")}
        options=${[["PAY_PER_REQUEST", t("table.on_demand")], ["PROVISIONED", t("create.provisioned")]]} />
      <p class="hint">${t(form.billing === "PROVISIONED" ? "create.provisioned_hint" : "create.on_demand_hint")}</p>
    </div>
    ${form.billing === "PROVISIONED" && html`
      <div class="row">
        <${TextField} label=${t("create.read")} value=${form.read} onInput=${set("read")} inputmode="numeric" />
        <${TextField} label=${t("create.write")} value=${form.write} onInput=${set("write")} inputmode="numeric" />
      </div>`}`;
}

/** CreateTable's input from the form. */
function createInput(form) {
  const types = new Map();
  const keys = [["HASH", form.hash], ["RANGE", form.range]].filter(([, key]) => key.name);
  for (const [, key] of keys) types.set(key.name, key.type);
  const made = form.indexes.filter((index) => index.name).map((index) => indexInput(index, form, types));
  const of = (kind) => {
    const found = made.filter((index) => index.kind === kind).map((index) => index.input);
    return found.length ? found : undefined;
  };
  const tags = readTags(form.tags);
  return {
    TableName: form.name,
    KeySchema: keys.map(([KeyType, key]) => ({ AttributeName: key.name, KeyType })),
    LocalSecondaryIndexes: of("lsi"),
    GlobalSecondaryIndexes: of("gsi"),
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    BillingMode: form.billing,
    ProvisionedThroughput: form.billing === "PROVISIONED" ? throughput(form) : undefined,
    StreamSpecification: form.stream ? { StreamEnabled: true, StreamViewType: form.stream } : undefined,
    TableClass: form.tableClass === "STANDARD" ? undefined : form.tableClass,
    DeletionProtectionEnabled: form.protect || undefined,
    Tags: tags.length ? tags : undefined,
  };
}

export const throughput = ({ read, write }) => ({ ReadCapacityUnits: Number(read), WriteCapacityUnits: Number(write) });

/** "team=music, stage=test" as tags. */
export const readTags = (text) => text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => {
  const [Key, ...rest] = part.split("=");
  return { Key: Key.trim(), Value: rest.join("=").trim() };
});

async function create(form, input) {
  await dynamodb("CreateTable", input);
  if (!form.ttl) return;
  await active(form.name);
  await dynamodb("UpdateTimeToLive", {
    TableName: form.name, TimeToLiveSpecification: { Enabled: true, AttributeName: form.ttl },
  });
}

/** Waits until a table is ACTIVE. */
export async function active(name) {
  for (;;) {
    const { output } = await dynamodb("DescribeTable", { TableName: name });
    if (output.Table.TableStatus === "ACTIVE") return;
    await pause(LOOK_AGAIN_MS);
  }
}
