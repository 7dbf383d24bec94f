// Facts about the server, asked for once before anything is shown.

/** { version, mode, region, signed, functions } of this server. */
export const facts = {};

export async function loadFacts() {
  const answer = await fetch("/console/config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  Object.assign(facts, await answer.json());
}

/** Whether the server refuses what pages write (`--console read-only`). */
export const isReadOnly = () => facts.mode === "read-only";
