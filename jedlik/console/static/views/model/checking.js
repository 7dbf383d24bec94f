// Models of the server: its examples, and what it finds about one.
import { ServiceError } from "../../api/errors.js";
import { bare } from "../../values/attribute.js";

export const EXAMPLES = ["shop", "chat", "game", "telemetry"];

/** A model that comes with the server. */
export async function example(name, signal) {
  return read(await fetch(`/console/models/${encodeURIComponent(name)}.json`, { signal }));
}

/** What serves a model's access patterns, and all that is wrong with it. */
export async function check(document, signal) {
  const report = await read(await fetch("/console/models/check", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(document), signal,
  }));
  if (report.error) throw new ServiceError("Model", report.error, 200, "check");
  report.items.flat().forEach(bare);
  return report;
}

async function read(answer) {
  const found = await answer.json();
  if (!answer.ok) throw new ServiceError(`HTTP ${answer.status}`, found.error, answer.status, "models");
  return found;
}
