// All tables in one grid, with what one wants to compare.
import { html, useCallback, useMemo, useRef, useState } from "../ui/view.js";
import { Grid } from "../ui/grid.js";
import { Empty, ErrorNote, Waiting } from "../ui/notes.js";
import { Time } from "../ui/time.js";
import { inParallel, useAsync } from "../ui/async.js";
import { describe, details, indexes, isOnDemand } from "../api/tables.js";
import { address, go, setParams, tableAddress } from "../app/router.js";
import { region } from "../api/credentials.js";
import { isReadOnly } from "../app/facts.js";
import { own } from "../values/attribute.js";
import { bytes, count, t } from "../app/text.js";

const WIDTH = 4;

export default function Tables({ params, tables }) {
  const all = tables.value;
  const filter = params.get("filter") ?? "";
  const shown = useMemo(
    () => (all ?? []).filter((name) => name.toLowerCase().includes(filter.toLowerCase())), [all, filter]);
  const [[first, last], setSeen] = useState([0, 0]);
  const onSeen = useCallback((...range) => setSeen(range), []);
  const known = useDescriptions(shown.slice(first, last));
  const shownColumns = useMemo(() => columns(known), [known]);
  if (tables.error) return html`<${ErrorNote} error=${tables.error} retry=${tables.reload} />`;
  if (!all) return html`<${Waiting} slow=${tables.slow} />`;
  if (!all.length) {
    const line = `aws dynamodb create-table --table-name Music \\
    --attribute-definitions AttributeName=Artist,AttributeType=S \\
                            AttributeName=Song,AttributeType=S \\
    --key-schema AttributeName=Artist,KeyType=HASH \\
                 AttributeName=Song,KeyType=RANGE \\
    --billing-mode PAY_PER_REQUEST \\
    --region ${region()} --endpoint-url ${window.location.origin}`;
    return html`
      <${Empty} title=${t("tables.empty")} text=${t("tables.empty_text")} line=${line}>
        ${!isReadOnly() && html`<p><a class="button primary" href=${address(["new"])}>${t("screen.new")}</a></p>`}
      <//>`;
  }
  return html`
    <section class="fill">
      <header class="bar">
        <h1>${t("screen.tables")}</h1>
        <input type="search" data-filter placeholder=${t("frame.filter")} aria-label=${t("frame.filter_label")}
          value=${filter} onInput=${(event) => setParams({ filter: event.target.value })} />
        <span class="muted">${t("tables.count", { count: shown.length })}</span>
        <span class="spring"></span>
        ${!isReadOnly() && html`<a class="button" href=${address(["new"])}>${t("screen.new")}</a>`}
      </header>
      <${Grid} label=${t("screen.tables")} columns=${shownColumns} rows=${shown} rowKey=${(name) => name} rowHeight=${32}
        onSeen=${onSeen} onOpen=${(name) => go(tableAddress(name))} />
    </section>`;
}

/** Descriptions and details of tables by name, as they come in: each is asked for once, and one that
 *  was scrolled past before its turn came not at all. */
function useDescriptions(tableNames) {
  const [known, setKnown] = useState({});
  const asked = useRef(new Set());
  useAsync((signal) => inParallel(tableNames, WIDTH, async (name) => {
    if (signal.aborted || asked.current.has(name)) return;
    asked.current.add(name);
    try {
      const table = await describe(name);
      setKnown((old) => ({ ...old, [name]: { ...old[name], table } }));
      const more = await details(table);
      setKnown((old) => ({ ...old, [name]: { table, ...more } }));
    } catch (error) {
      setKnown((old) => ({ ...old, [name]: { error } }));
    }
  }), [tableNames.join()]); // by their names: the list may be another one each time, and this must come to an end
  return known;
}

function columns(known) {
  const of = (show) => (name) => {
    const entry = own(known, name);
    if (!entry) return html`<span class="muted">…</span>`;
    if (entry.error) return html`<span class="muted" title=${entry.error.message}>${entry.error.type}</span>`;
    return entry.table ? show(entry.table, entry) : "";
  };
  const column = (id, width, show, align) => ({ id, width, align, label: t(`tables.${id}`), cell: of(show) });
  return [
    { id: "name", width: 152, label: t("tables.name"), cell: (name) => html`<a class="mono" tabindex="-1" href=${tableAddress(name)}>${name}</a>` },
    column("status", 64, (table) => table.TableStatus),
    column("items", 96, (table) => count(table.ItemCount), "right"),
    column("size", 72, (table) => bytes(table.TableSizeBytes), "right"),
    column("mode", 96, mode),
    column("indexes", 88, (table) => indexes(table).map((index) => index.name).join(", ")),
    column("stream", 80, stream),
    column("ttl", 72, (_table, { ttl }) => (ttl?.TimeToLiveStatus === "ENABLED" ? ttl.AttributeName : "")),
    column("backups", 72, (_table, { recovery }) => recovery?.PointInTimeRecoveryStatus === "ENABLED" ? t("tables.recovery") : ""),
    column("replicas", 72, (table) => (table.Replicas ?? []).map((each) => each.RegionName).join(", ")),
    column("protection", 80, (table) => (table.DeletionProtectionEnabled ? t("tables.on") : "")),
    column("created", 96, (table) => html`<${Time} seconds=${table.CreationDateTime} />`),
  ];
}

/** What records have: the type in full on hover. */
function stream(table) {
  const { StreamEnabled: isOn, StreamViewType: type } = table.StreamSpecification ?? {};
  return isOn ? html`<span title=${type}>${t(`stream.${type}`)}</span>` : "";
}

function mode(table) {
  if (isOnDemand(table)) return t("table.on_demand");
  const { ReadCapacityUnits, WriteCapacityUnits } = table.ProvisionedThroughput;
  return t("tables.units", { read: ReadCapacityUnits, write: WriteCapacityUnits });
}
