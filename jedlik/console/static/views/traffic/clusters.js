// Clusters of DAX's: caches in front of all tables. Nothing where the server runs none.
import { html } from "../../ui/view.js";
import { useAsync } from "../../ui/async.js";
import { call } from "../../api/client.js";
import { t } from "../../app/text.js";

const ALIVE = "available";

export function Clusters() {
  const found = useAsync(() => call("dax", "DescribeClusters").then(({ output }) => output.Clusters ?? [], () => []), []);
  if (!found.value?.length) return null;
  return html`
    <section class="watched">
      <h2>${t("clusters.title")}</h2>
      <ul class="rows" aria-label=${t("clusters.title")}>
        ${found.value.map((cluster) => html`
          <li key=${cluster.ClusterName}>
            <span class=${`badge ${cluster.Status === ALIVE ? "good" : ""}`}>${cluster.Status}</span>
            <strong>${cluster.ClusterName}</strong>
            <span class="muted number">${t("clusters.nodes", { active: cluster.ActiveNodes ?? 0, count: cluster.TotalNodes ?? 0 })}</span>
            <span class="mono">${addressOf(cluster.ClusterDiscoveryEndpoint)}</span>
            <span class="muted">${cluster.Description ?? ""}</span>
          </li>`)}
      </ul>
    </section>`;
}

const addressOf = (endpoint) => endpoint?.URL ?? (endpoint ? `${endpoint.Address}:${endpoint.Port}` : "");
