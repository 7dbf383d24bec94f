// A call as the AWS CLI, boto3 and JavaScript write it: the same operation with the same input.
import { CLIENTS, words } from "./names.js";

export const LANGUAGES = [["cli", "AWS CLI"], ["boto3", "boto3"], ["javascript", "JavaScript"]];

const GENERATORS = { cli, boto3, javascript };

/** The text of a call; `at` is { endpoint, region }. */
export const generate = (language, call, at) => GENERATORS[language](call, at);

const entries = (input) => Object.entries(input).filter(([, value]) => value !== undefined);

function cli({ service, operation, input }, { endpoint, region }) {
  const parts = [`aws ${CLIENTS[service].cli} ${words(operation, "-")}`];
  for (const [name, value] of entries(input)) {
    const option = `--${words(name, "-")}`;
    if (value === true) parts.push(option);
    else if (value === false) parts.push(`--no-${words(name, "-")}`);
    else parts.push(`${option} ${quoted(typeof value === "object" ? JSON.stringify(value) : String(value))}`);
  }
  parts.push(`--region ${region}`, `--endpoint-url ${endpoint}`);
  return parts.join(" \\\n    ");
}

/** For POSIX shells: inside single quotes everything is itself but a single quote. Characters that a
 *  terminal obeys (one sequence ends what is pasted, so that the rest is typed) are written as escapes. */
function quoted(text) {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!OBEYED.test(text)) return `'${text.replace(/'/g, `'"'"'`)}'`;
  return `$'${text.replace(/[\\']/g, "\\$&").replace(OBEYED_ALL, escaped)}'`;
}

const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;
const OBEYED_ALL = new RegExp(OBEYED, "g");
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

function boto3({ service, operation, input }, { endpoint, region }) {
  const named = entries(input).map(([name, value]) => `    ${name}=${python(value, 1)},`);
  const call = named.length ? `(\n${named.join("\n")}\n)` : "()";
  return [
    ...(call.includes("base64.") ? ["import base64", ""] : []),
    "import boto3",
    "",
    `${service} = boto3.client("${CLIENTS[service].boto3}", endpoint_url="${endpoint}", region_name="${region}")`,
    `answer = ${service}.${words(operation, "_")}${call}`,
  ].join("\n");
}

function python(value, depth, key) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return key === "B" ? `base64.b64decode(${JSON.stringify(value)})` : pythonText(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) {
    return block("[]", value.map((each) => python(each, depth + 1, key === "BS" ? "B" : undefined)), depth);
  }
  return block("{}", entries(value).map(
    ([name, each]) => `${pythonText(name)}: ${python(each, depth + 1, name)}`), depth);
}

/** JSON's escapes are Python's too, but for characters beyond the first plane, which stay as they are. */
const pythonText = (text) => JSON.stringify(text);

function javascript({ service, operation, input }, { endpoint, region }) {
  const [client, module] = CLIENTS[service].javascript;
  const properties = entries(input);
  const argument = properties.length ? literal(Object.fromEntries(properties), 0) : "{}";
  return [
    `import { ${client}, ${operation}Command } from "${module}";`,
    "",
    `const client = new ${client}({ endpoint: "${endpoint}", region: "${region}" });`,
    `const answer = await client.send(new ${operation}Command(${argument}));`,
  ].join("\n");
}

function literal(value, depth, key) {
  if (typeof value === "string" && key === "B") return `Buffer.from(${JSON.stringify(value)}, "base64")`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) {
    return block("[]", value.map((each) => literal(each, depth + 1, key === "BS" ? "B" : undefined)), depth, "  ");
  }
  return block("{}", entries(value).map(
    ([name, each]) => `${property(name)}: ${literal(each, depth + 1, name)}`),
  depth, "  ");
}

/** A property's name; `__proto__`, were it not computed, would be the object's prototype. */
function property(name) {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

const WIDTH = 80;

function block(brackets, parts, depth, indent = "    ") {
  const line = `${brackets[0]}${parts.join(", ")}${brackets[1]}`;
  if (line.length <= WIDTH && !line.includes("\n")) return line;
  const inner = indent.repeat(depth + 1);
  return `${brackets[0]}\n${parts.map((part) => `${inner}${part},`).join("\n")}\n${indent.repeat(depth)}${brackets[1]}`;
}
