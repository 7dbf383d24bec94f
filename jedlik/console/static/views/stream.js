// A live tail of a table's stream: records newest first, one whole with its two images side by side,
// who follows the stream, and one record to a function.
import { html, names, useCallback, useMemo, useState } from "../ui/view.js";
import { Grid } from "../ui/grid.js";
import { Segments, Select } from "../ui/fields.js";
import { Copyable, Empty, ErrorNote } from "../ui/notes.js";
import { Time } from "../ui/time.js";
import { useAsync, useInterval } from "../ui/async.js";
import { dynamodb } from "../api/client.js";
import { invoke, listMappings } from "../api/functions.js";
import { facts, isReadOnly } from "../app/facts.js";
import { setParams, tableAddress } from "../app/router.js";
import { region } from "../api/credentials.js";
import { t } from "../app/text.js";
import { bare, display, same } from "../values/attribute.js";
import { Mappings } from "./functions/mappings.js";
import { useTail } from "./stream/tail.js";

const LOOK_AGAIN_MS = 5000;
const NONE = bare({});
const KINDS = { INSERT: "good", MODIFY: "plain", REMOVE: "bad" };

export default function Stream({ description, params }) {
  const arn = description.StreamSpecification?.StreamEnabled ? description.LatestStreamArn : null;
  const from = params.get("from") === "start" ? "TRIM_HORIZON" : "LATEST";
  const [paused, setPaused] = useState(false);
  const [chosen, setChosen] = useState(null);
  const tail = useTail(arn, from, paused);
  const filter = (params.get("filter") ?? "").toLowerCase();
  const kind = params.get("event") ?? "";
  const shown = useMemo(() => tail.records.filter((record) => (!kind || record.eventName === kind)
    && (!filter || keyText(record).toLowerCase().includes(filter))), [tail.records, filter, kind]);
  const rowClass = useCallback((record) => (record.eventID === chosen?.eventID ? "shown" : ""), [chosen]);
  if (!arn) {
    const line = `aws dynamodb update-table --table-name ${description.TableName} \\
    --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES \\
    --region ${region()} --endpoint-url ${window.location.origin}`;
    return html`<${Empty} title=${t("stream.none")} text=${t("stream.none_text")} line=${line}>
      <p><a href=${tableAddress(description.TableName, "settings")}>${t("tab.settings")}</a></p>
      <${Destinations} table=${description.TableName} /><//>`;
  }
  return html`
    <section class="fill">
      <div class="bar">
        <input type="search" data-filter placeholder=${t("stream.filter")} aria-label=${t("stream.filter")} value=${params.get("filter") ?? ""} onInput=${(event) => setParams({ filter: event.target.value })} />
        <${Select} label=${t("stream.event")} value=${kind} options=${[["", t("stream.every")], "INSERT", "MODIFY", "REMOVE"]} onChange=${(event) => setParams({ event })} />
        <${Segments} label=${t("stream.from")} value=${from === "LATEST" ? "now" : "start"} options=${[["now", t("stream.now")], ["start", t("stream.start")]]}
          onChange=${(name) => setParams({ from: name === "start" ? "start" : undefined })} />
        <button aria-pressed=${String(paused)} onClick=${() => setPaused(!paused)}>${t(paused ? "stream.go_on" : "stream.pause")}</button>
        <span class="status" role="status">${t("stream.status", { count: shown.length, shards: tail.shards })}</span>
      </div>
      <${ErrorNote} error=${tail.error} />
      <div class="work">
        <div class="work-main">
          ${shown.length
            ? html`<${Grid} label=${t("tab.stream")} columns=${columns()} rows=${shown} rowKey=${(record) => record.eventID} rowClass=${rowClass} onActive=${setChosen} onOpen=${setChosen} />`
            : html`<${Empty} title=${t("stream.waiting")} text=${t("stream.waiting_text")} />`}
          <section class="followers"><h2>${t("stream.followers")}</h2>
            ${facts.functions && html`<${Functions} arn=${arn} />`}
            <${Destinations} table=${description.TableName} />
          </section>
        </div>
        ${chosen && html`<${RecordPanel} key=${chosen.eventID} record=${chosen} arn=${arn} region=${description.TableArn.split(":")[3]} onClose=${() => setChosen(null)} />`}
      </div>
    </section>`;
}

const keyText = (record) => Object.values(record.dynamodb.Keys).map(display).join(" · ");

function columns() {
  return [
    { id: "time", width: 120, label: t("stream.time"), cell: (record) => html`<${Time} seconds=${record.dynamodb.ApproximateCreationDateTime} />` },
    { id: "event", width: 96, label: t("stream.event"), cell: (record) => html`<span class=${`badge ${KINDS[record.eventName]}`}>${record.eventName}</span>` },
    { id: "key", width: 240, label: t("items.key"), cell: (record) => html`<span class="value" title=${`${record.dynamodb.SequenceNumber} ${record.shard}`}>${keyText(record)}</span>` },
    { id: "changed", width: 480, label: t("stream.changed"), cell: (record) => html`<span class="value">${changes(record).map(({ name }) => name).join(", ")}</span>` },
  ];
}

/** Attributes in which the two images differ, or all of the one that there is. */
function changes({ dynamodb: { OldImage: before = NONE, NewImage: after = NONE, Keys } }) {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !(name in Keys) && !same(before[name], after[name]))
    .map((name) => ({ name, before: before[name], after: after[name] }));
}

function RecordPanel({ record, arn, region, onClose }) {
  const images = record.dynamodb;
  const all = [...new Set([...Object.keys(images.Keys), ...Object.keys(images.OldImage ?? {}), ...Object.keys(images.NewImage ?? {})])];
  return html`
    <aside class="panel wide" aria-label=${t("stream.record")} onKeyDown=${(event) => event.key === "Escape" && onClose()}>
      <header class="panel-head"><h2>${record.eventName} ${keyText(record)}</h2><span class="spring"></span>
        <button class="quiet icon" aria-label=${t("action.close")} onClick=${onClose}>×</button></header>
      <div class="panel-body">
        <table class="images">
          <thead><tr><th scope="col">${t("items.filter_name")}</th><th scope="col">${t("stream.before")}</th><th scope="col">${t("stream.after")}</th></tr></thead>
          <tbody>
            ${all.map((name) => {
              const [before, after] = name in images.Keys ? [images.Keys[name], images.Keys[name]] : [images.OldImage?.[name], images.NewImage?.[name]];
              return html`<tr key=${name} class=${names({ differs: !same(before, after) })}><th scope="row" class="mono">${name}</th>
                <td class="mono">${before ? display(before) : ""}</td><td class="mono">${after ? display(after) : ""}</td></tr>`;
            })}
          </tbody>
        </table>
        <p class="muted facts">${t("stream.place", { number: images.SequenceNumber, shard: record.shard, view: images.StreamViewType })}
          ${record.userIdentity && html`<br />${record.userIdentity.PrincipalId}`}</p>
        ${facts.functions && !isReadOnly() && html`<${InvokeWith} record=${record} arn=${arn} region=${region} />`}
      </div>
    </aside>`;
}

/** The record to a function, once, as a trigger would hand it over. */
function InvokeWith({ record, arn, region }) {
  const [name, setName] = useState("");
  const [result, setResult] = useState(null);
  const [error, setError] = useState(null);
  const mappings = useAsync(() => listMappings({ sourceArn: arn }), [arn]);
  const targets = [...new Set((mappings.value ?? []).map((each) => each.FunctionArn.split(":")[6]))];
  const run = async () => {
    const { shard: _shard, ...sent } = record;
    const event = { Records: [{ ...sent, awsRegion: region, eventSourceARN: arn }] };
    setError(null);
    try {
      setResult(await invoke(name || targets[0], JSON.stringify(event)));
    } catch (failed) {
      setError(failed);
    }
  };
  if (!targets.length) return html`<p class="muted">${t("stream.no_function")}</p>`;
  return html`
    <div class="row"><${Select} label=${t("screen.functions")} value=${name || targets[0]} options=${targets} onChange=${setName} />
      <button onClick=${run}>${t("functions.invoke")}</button></div>
    <${ErrorNote} error=${error} />
    ${result && html`${result.error && html`<p class="problem">${result.error}</p>`}<${Copyable} text=${result.payload} /><${Copyable} text=${result.log} />`}`;
}

function Functions({ arn }) {
  const found = useAsync(() => listMappings({ sourceArn: arn }), [arn]);
  useInterval(found.reload, LOOK_AGAIN_MS, [arn]);
  return html`
    <${ErrorNote} error=${found.error} />
    ${found.value && (found.value.length ? html`<${Mappings} mappings=${found.value} reload=${found.reload} />` : html`<p class="muted">${t("stream.no_followers")}</p>`)}`;
}

/** Kinesis streams that a table's changes go to, which needs no stream of the table's own. */
function Destinations({ table }) {
  const found = useAsync(() => dynamodb("DescribeKinesisStreamingDestination", { TableName: table })
    .then(({ output }) => output.KinesisDataStreamDestinations ?? []), [table]);
  if (!found.value?.length) return null;
  return html`
    <ul class="rows" aria-label="Kinesis">
      ${found.value.map((each) => html`
        <li key=${each.StreamArn}>
          <span class=${`badge ${each.DestinationStatus === "ACTIVE" ? "good" : "plain"}`}>${each.DestinationStatus}</span>
          <span>Kinesis</span> <span class="mono">${each.StreamArn.split("/").at(-1)}</span>
          <span class="muted">${each.DestinationStatusDescription ?? ""}</span>
        </li>`)}
    </ul>`;
}
