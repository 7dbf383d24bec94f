// The head of a table: its name, its figures in one line, its tabs.
import { html, useLayoutEffect, useRef } from "../ui/view.js";
import { indexes, isOnDemand } from "../api/tables.js";
import { tableAddress } from "./router.js";
import { bytes, t } from "./text.js";

export function TableHead({ table, tabs, view }) {
  const links = useRef(null);
  useLayoutEffect(() => links.current.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [view]);
  return html`
    <header class="table-head">
      <h1 class="mono">${table.TableName}</h1>
      <p class="figures muted">${figures(table).map((figure) => html`<span key=${figure}>${figure}</span>`)}</p>
    </header>
    <nav class="tabs" ref=${links} aria-label=${t("frame.tabs")}>
      ${tabs.map((tab) => html`
        <a key=${tab.id} href=${tableAddress(table.TableName, tab.id)} aria-current=${tab === view ? "page" : undefined}>${t(tab.label)}</a>`)}
    </nav>`;
}

function figures(table) {
  const found = indexes(table);
  const count_ = (kind) => found.filter((index) => index.kind === kind).length;
  return [
    table.TableStatus !== "ACTIVE" && table.TableStatus,
    t("table.items", { count: table.ItemCount }),
    bytes(table.TableSizeBytes),
    isOnDemand(table) ? t("table.on_demand") : t("table.provisioned", {
      read: table.ProvisionedThroughput.ReadCapacityUnits,
      write: table.ProvisionedThroughput.WriteCapacityUnits,
    }),
    count_("gsi") > 0 && `${count_("gsi")} GSI`,
    count_("lsi") > 0 && `${count_("lsi")} LSI`,
    table.StreamSpecification?.StreamEnabled && t("table.stream"),
    table.DeletionProtectionEnabled && t("table.protected"),
  ].filter(Boolean);
}
