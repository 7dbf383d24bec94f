// Settings of a table, each with what it decides; at the end its deletion, with the name typed.
import { html, useState } from "../ui/view.js";
import { Check, Segments, SelectField, TextField } from "../ui/fields.js";
import { Copyable, ErrorNote, tell } from "../ui/notes.js";
import { useAsync } from "../ui/async.js";
import { dynamodb } from "../api/client.js";
import { details, isOnDemand, tablesChanged } from "../api/tables.js";
import { isReadOnly } from "../app/facts.js";
import { address, go } from "../app/router.js";
import { exact, t } from "../app/text.js";
import { readTags, streamOptions, throughput } from "./create.js";
import { Part } from "./settings/part.js";
import { Replicas } from "./settings/replicas.js";

export default function Settings({ description, reload }) {
  const more = useAsync(() => details(description), [description]);
  const after = async (work, done = t("settings.saved")) => {
    await work();
    tell(done);
    tablesChanged();
    reload();
  };
  const common = { description, after, key: JSON.stringify(description) };
  return html`
    <section class="scroll settings">
      <${Facts} description=${description} />
      <${Capacity} ...${common} />
      <${Stream} ...${common} />
      ${more.value && html`
        <${Expiry} ...${common} key=${`ttl${JSON.stringify(more.value.ttl)}`} ttl=${more.value.ttl} />
        <${Recovery} ...${common} key=${`r${JSON.stringify(more.value.recovery)}`} recovery=${more.value.recovery} />
        <${Tags} ...${common} key=${`t${JSON.stringify(more.value.tags)}`} tags=${more.value.tags} />`}
      <${Replicas} ...${common} key=${`replicas${JSON.stringify(description.Replicas)}`} />
      <${Insights} ...${common} key="insights" />
      <${Protection} ...${common} />
      ${!isReadOnly() && html`<${Deletion} description=${description} />`}
    </section>`;
}

function Facts({ description }) {
  return html`
    <div class="part">
      <div class="part-about"><h2>${t("settings.facts")}</h2></div>
      <div class="part-fields">
        <${Copyable} text=${description.TableArn} label="ARN" />
        <p class="muted">${t("settings.created", { time: exact(description.CreationDateTime) })}</p>
      </div>
    </div>`;
}

function Capacity({ description, after }) {
  const before = {
    mode: isOnDemand(description) ? "PAY_PER_REQUEST" : "PROVISIONED",
    read: String(description.ProvisionedThroughput?.ReadCapacityUnits || 5),
    write: String(description.ProvisionedThroughput?.WriteCapacityUnits || 5),
  };
  const [form, setForm] = useState(before);
  const set = (name) => (value) => setForm({ ...form, [name]: value });
  const save = () => after(() => dynamodb("UpdateTable", {
    TableName: description.TableName,
    BillingMode: form.mode,
    ProvisionedThroughput: form.mode === "PROVISIONED" ? throughput(form) : undefined,
    GlobalSecondaryIndexUpdates: form.mode === "PROVISIONED" && before.mode !== form.mode && description.GlobalSecondaryIndexes
      ? description.GlobalSecondaryIndexes.map(({ IndexName }) => ({ Update: { IndexName, ProvisionedThroughput: throughput(form) } }))
      : undefined,
  }));
  return html`
    <${Part} title=${t("create.capacity")} hint=${t(form.mode === "PROVISIONED" ? "create.provisioned_hint" : "create.on_demand_hint")} onSave=${save} changed=${JSON.stringify(form) !== JSON.stringify(before)}>
      <p><${Segments} label=${t("create.capacity")} value=${form.mode} onChange=${set("mode")}
        options=${[["PAY_PER_REQUEST", t("table.on_demand")], ["PROVISIONED", t("create.provisioned")]]} /></p>
      ${form.mode === "PROVISIONED" && html`
        <div class="row">
          <${TextField} label=${t("create.read")} value=${form.read} onInput=${set("read")} inputmode="numeric" />
          <${TextField} label=${t("create.write")} value=${form.write} onInput=${set("write")} inputmode="numeric" />
        </div>`}
    <//>`;
}

function Stream({ description, after }) {
  const before = description.StreamSpecification?.StreamEnabled ? description.StreamSpecification.StreamViewType : "";
  const [view, setView] = useState(before);
  const save = () => after(async () => {
    const change = (StreamSpecification) => dynamodb("UpdateTable", { TableName: description.TableName, StreamSpecification });
    if (before) await change({ StreamEnabled: false }); // one kind of view ends before another begins
    if (view) await change({ StreamEnabled: true, StreamViewType: view });
  });
  return html`
    <${Part} title=${t("create.stream")} hint=${t("create.stream_hint")} onSave=${save} changed=${view !== before}>
      <${SelectField} label=${t("settings.view")} value=${view} onChange=${setView} options=${streamOptions()} />
    <//>`;
}

function Expiry({ description, after, ttl }) {
  const before = ttl?.TimeToLiveStatus === "ENABLED" ? ttl.AttributeName : "";
  const [name, setName] = useState(before);
  const save = () => after(() => dynamodb("UpdateTimeToLive", {
    TableName: description.TableName,
    TimeToLiveSpecification: { Enabled: Boolean(name), AttributeName: name || before },
  }));
  return html`
    <${Part} title=${t("settings.ttl")} hint=${t("create.ttl_hint")} onSave=${save} changed=${name !== before}>
      <${TextField} label=${t("settings.attribute")} value=${name} onInput=${setName} />
    <//>`;
}

function Recovery({ description, after, recovery }) {
  const before = recovery?.PointInTimeRecoveryStatus === "ENABLED";
  const [enabled, setEnabled] = useState(before);
  const save = () => after(() => dynamodb("UpdateContinuousBackups", {
    TableName: description.TableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: enabled },
  }));
  return html`
    <${Part} title=${t("settings.recovery")} hint=${t("settings.recovery_hint")} onSave=${save} changed=${enabled !== before}>
      <p><${Check} label=${t("settings.recovery_on")} checked=${enabled} onChange=${setEnabled} /></p>
      ${before && recovery.EarliestRestorableDateTime && html`<p class="muted">${t("settings.restorable", {
        from: exact(recovery.EarliestRestorableDateTime), to: exact(recovery.LatestRestorableDateTime),
      })}</p>`}
    <//>`;
}

function Tags({ description, after, tags }) {
  const before = (tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`).join(", ");
  const [text, setText] = useState(before);
  const save = () => after(async () => {
    const now = readTags(text);
    const gone = (tags ?? []).map(({ Key }) => Key).filter((key) => !now.some((tag) => tag.Key === key));
    if (gone.length) await dynamodb("UntagResource", { ResourceArn: description.TableArn, TagKeys: gone });
    if (now.length) await dynamodb("TagResource", { ResourceArn: description.TableArn, Tags: now });
  });
  return html`
    <${Part} title=${t("create.tags")} hint=${t("settings.tags_hint")} onSave=${save} changed=${text !== before}>
      <${TextField} label=${t("create.tags")} hint=${t("create.tags_hint")} value=${text} onInput=${setText} />
    <//>`;
}

function Insights({ description, after }) {
  const state = useAsync(() => dynamodb("DescribeContributorInsights", { TableName: description.TableName }).then(({ output }) => output), [description]);
  if (!state.value) return null;
  return html`<${InsightsForm} key=${state.value.ContributorInsightsStatus} ...${{ description, state }} after=${async (work) => { await after(work); state.reload(); }} />`;
}

function InsightsForm({ description, after, state }) {
  const before = state.value.ContributorInsightsStatus === "ENABLED";
  const [enabled, setEnabled] = useState(before);
  const save = () => after(() => dynamodb("UpdateContributorInsights", {
    TableName: description.TableName, ContributorInsightsAction: enabled ? "ENABLE" : "DISABLE",
  }));
  return html`
    <${Part} title=${t("settings.insights")} hint=${t("settings.insights_hint")} onSave=${save} changed=${enabled !== before}>
      <p><${Check} label=${t("settings.insights_on")} checked=${enabled} onChange=${setEnabled} /></p>
    <//>`;
}

function Protection({ description, after }) {
  const before = Boolean(description.DeletionProtectionEnabled);
  const [enabled, setEnabled] = useState(before);
  const save = () => after(() => dynamodb("UpdateTable", { TableName: description.TableName, DeletionProtectionEnabled: enabled }));
  return html`
    <${Part} title=${t("create.protect")} hint=${t("create.protect_hint")} onSave=${save} changed=${enabled !== before}>
      <p><${Check} label=${t("settings.protected")} checked=${enabled} onChange=${setEnabled} /></p>
    <//>`;
}

function Deletion({ description }) {
  const [name, setName] = useState("");
  const [error, setError] = useState(null);
  const drop = async (event) => {
    event.preventDefault();
    try {
      await dynamodb("DeleteTable", { TableName: description.TableName });
      tablesChanged();
      tell(t("settings.deleted", { name: description.TableName }));
      go(address(["tables"]));
    } catch (failed) {
      setError(failed);
    }
  };
  return html`
    <form class="part" onSubmit=${drop}>
      <div class="part-about"><h2>${t("settings.delete")}</h2><p class="hint">${t("settings.delete_hint")}</p></div>
      <div class="part-fields">
        <${TextField} label=${t("settings.delete_name", { name: description.TableName })} value=${name} onInput=${setName} />
        <button class="danger" disabled=${name !== description.TableName}>${t("settings.delete")}</button>
        <${ErrorNote} error=${error} />
      </div>
    </form>`;
}
