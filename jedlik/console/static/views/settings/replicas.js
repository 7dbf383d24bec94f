// Replicas of a table in the server's other regions, each made or removed by a call of its own.
import { html, useState } from "../../ui/view.js";
import { Check } from "../../ui/fields.js";
import { pause } from "../../ui/async.js";
import { dynamodb } from "../../api/client.js";
import { facts } from "../../app/facts.js";
import { t } from "../../app/text.js";
import { Part } from "./part.js";

const LOOK_AGAIN_MS = 500;

/** Nothing where the server has one region and the table no replicas. */
export function Replicas({ description, after }) {
  const own = description.TableArn.split(":")[3];
  const states = new Map((description.Replicas ?? []).map((each) => [each.RegionName, each.ReplicaStatus]));
  states.delete(own);
  const regions = [...new Set([...facts.regions, ...states.keys()])].filter((name) => name !== own);
  const [chosen, setChosen] = useState(() => new Set(states.keys()));
  if (!regions.length) return null;
  const changed = regions.filter((name) => chosen.has(name) !== states.has(name));
  const choose = (name, on) => {
    const next = new Set(chosen);
    if (on) next.add(name);
    else next.delete(name);
    setChosen(next);
  };
  const save = () => after(async () => {
    for (const RegionName of changed) {
      const kind = chosen.has(RegionName) ? "Create" : "Delete";
      await dynamodb("UpdateTable", { TableName: description.TableName, ReplicaUpdates: [{ [kind]: { RegionName } }] });
      await settled(description.TableName, RegionName, kind);
    }
  });
  return html`
    <${Part} title=${t("tables.replicas")} hint=${t("settings.replicas_hint")} onSave=${save} changed=${changed.length > 0}>
      ${regions.map((name) => html`
        <div class="row" key=${name}>
          <${Check} label=${name} checked=${chosen.has(name)} onChange=${(on) => choose(name, on)} />
          ${states.has(name) && html`<span class=${`badge ${states.get(name) === "ACTIVE" ? "good" : "plain"}`}>${states.get(name)}</span>`}
        </div>`)}
    <//>`;
}

/** Waits until a replica is there, or gone, and the table may be changed again. */
async function settled(table, region, kind) {
  for (;;) {
    const { output } = await dynamodb("DescribeTable", { TableName: table });
    const { TableStatus, Replicas: replicas = [] } = output.Table;
    const state = replicas.find(({ RegionName }) => RegionName === region)?.ReplicaStatus;
    if (state === "CREATION_FAILED") return; // which its badge says
    if (TableStatus === "ACTIVE" && state === (kind === "Create" ? "ACTIVE" : undefined)) return;
    await pause(LOOK_AGAIN_MS);
  }
}
