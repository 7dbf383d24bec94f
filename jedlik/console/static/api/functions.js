// Functions and their mappings: operations that are found by their paths, named as SDKs name them.
import { call } from "./client.js";

const FUNCTIONS = "/2015-03-31/functions/";
const MAPPINGS = "/2015-03-31/event-source-mappings/";

export async function listFunctions() {
  const { output } = await call("lambda", `GET ${FUNCTIONS}`, {}, { shown: { operation: "ListFunctions", input: {} } });
  return output.Functions ?? [];
}

/** Mappings of a function, of a stream, or all. */
export async function listMappings({ functionName, sourceArn } = {}) {
  const query = new URLSearchParams();
  if (functionName) query.set("FunctionName", functionName);
  if (sourceArn) query.set("EventSourceArn", sourceArn);
  const { output } = await call("lambda", `GET ${MAPPINGS}${query.size ? `?${query}` : ""}`, {}, {
    shown: { operation: "ListEventSourceMappings", input: { FunctionName: functionName, EventSourceArn: sourceArn } },
  });
  return output.EventSourceMappings ?? [];
}

/** Switches a mapping on or off. */
export const setMapping = (uuid, enabled) => call("lambda", `PUT ${MAPPINGS}${uuid}`, { body: JSON.stringify({ Enabled: enabled }) }, {
  shown: { operation: "UpdateEventSourceMapping", input: { UUID: uuid, Enabled: enabled } },
});

/** Calls a function once: { payload, error, log, status }. */
export async function invoke(name, event) {
  const { output } = await call("lambda", `POST ${FUNCTIONS}${encodeURIComponent(name)}/invocations`, {
    body: event, raw: true, headers: { "X-Amz-Log-Type": "Tail" },
  }, { shown: { operation: "Invoke", input: { FunctionName: name, LogType: "Tail", Payload: event } } });
  return {
    payload: output.text,
    error: output.headers.get("x-amz-function-error"),
    log: decode(output.headers.get("x-amz-log-result")),
  };
}

function decode(base64) {
  if (!base64) return "";
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}
