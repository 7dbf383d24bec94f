// The address's query as a request: Query or Scan with the expressions that it stands for.
import { keyTypes, keysOf } from "../../api/tables.js";
import { decoded } from "../../app/router.js";

export const SORT_OPERATORS = ["=", "<", "<=", ">", ">=", "between", "begins_with"];
export const FILTER_OPERATORS = [
  "=", "<>", "<", "<=", ">", ">=", "begins_with", "contains", "not_contains", "exists", "not_exists", "type",
];
export const PAGE = 200;

/** What the address asks for: { index, pk: [texts], sort, filters, descending, ... }. */
export function readParams(params) {
  return {
    mode: params.get("mode") ?? (params.has("pk") ? "query" : "scan"),
    index: params.get("index") ?? "",
    pk: params.getAll("pk"),
    sort: { operator: params.get("skop") ?? "=", value: params.get("sk") ?? "", to: params.get("sk2") ?? "" },
    filters: params.getAll("f").map(readFilter),
    descending: params.get("order") === "desc",
    attributes: (params.get("attrs") ?? "").split(",").map((name) => name.trim()).filter(Boolean),
    consistent: params.get("consistent") === "1",
    segments: Math.min(16, Math.max(1, Number(params.get("segments")) || 1)),
    limit: Number(params.get("limit")) || 0,
  };
}

/** And back, for the address. */
export function writeParams(asked) {
  const hasSort = asked.mode === "query" && asked.sort.value !== "";
  return {
    mode: asked.mode === "query" ? "query" : undefined,
    index: asked.index,
    pk: asked.mode === "query" ? asked.pk : [],
    skop: hasSort && asked.sort.operator !== "=" ? asked.sort.operator : undefined,
    sk: hasSort ? asked.sort.value : undefined,
    sk2: hasSort && asked.sort.operator === "between" ? asked.sort.to : undefined,
    f: asked.filters.filter((filter) => filter.name).map(writeFilter),
    order: asked.descending && asked.mode === "query" ? "desc" : undefined,
    attrs: asked.attributes.join(","),
    consistent: asked.consistent,
    segments: asked.mode === "scan" && asked.segments > 1 ? asked.segments : undefined,
    limit: asked.limit || undefined,
  };
}

const SEPARATOR = "|";

function readFilter(text) {
  const [name, operator = "=", type = "S", ...value] = text.split(SEPARATOR);
  return { name: decoded(name), operator, type, value: value.join(SEPARATOR) };
}

const writeFilter = ({ name, operator, type, value }) =>
  [encodeURIComponent(name), operator, type, value].join(SEPARATOR);

/** A typed text as an attribute value. */
export function typed(type, text) {
  if (type === "BOOL") return { BOOL: text === "true" };
  if (type === "NULL") return { NULL: true };
  return { [type]: text };
}

/** { operation, input } of what is asked of a table. */
export function request(description, asked) {
  const names = {};
  const values = {};
  const input = {
    TableName: description.TableName,
    IndexName: asked.index || undefined,
    KeyConditionExpression: asked.mode === "query" ? keyCondition(description, asked, names, values) : undefined,
    FilterExpression: filterExpression(asked.filters, names, values),
    ProjectionExpression: projection(asked.attributes, names),
    ScanIndexForward: asked.mode === "query" && asked.descending ? false : undefined,
    ConsistentRead: asked.consistent || undefined,
    Limit: asked.limit || (asked.filters.length ? undefined : PAGE),
    ReturnConsumedCapacity: "INDEXES",
  };
  if (Object.keys(names).length) input.ExpressionAttributeNames = names;
  if (Object.keys(values).length) input.ExpressionAttributeValues = values;
  return { operation: asked.mode === "query" ? "Query" : "Scan", input };
}

function keyCondition(description, asked, names, values) {
  const { hash, range } = keysOf(description, asked.index);
  const types = keyTypes(description);
  const parts = hash.map((name, at) => {
    names[`#pk${at || ""}`] = name;
    values[`:pk${at || ""}`] = typed(types[name], asked.pk[at] ?? "");
    return `#pk${at || ""} = :pk${at || ""}`;
  });
  const { operator, value, to } = asked.sort;
  if (range.length && value !== "") {
    const type = types[range[0]];
    names["#sk"] = range[0];
    values[":sk"] = typed(type, value);
    if (operator === "between") values[":sk2"] = typed(type, to);
    parts.push(operator === "between" ? "#sk BETWEEN :sk AND :sk2"
      : operator === "begins_with" ? "begins_with(#sk, :sk)" : `#sk ${operator} :sk`);
  }
  return parts.join(" AND ");
}

const PATH = /[^.[\]]+|\[\d+\]/g;

/** A document path with placeholders for its names: a.b[0] is #f0.#f0a[0]. */
function path(text, prefix, names) {
  let shown = "";
  (text.match(PATH) ?? [text]).forEach((step, at) => {
    if (step.startsWith("[")) {
      shown += step;
    } else {
      const placeholder = `#${prefix}${at ? `_${at}` : ""}`;
      names[placeholder] = step;
      shown += `${shown ? "." : ""}${placeholder}`;
    }
  });
  return shown;
}

function filterExpression(filters, names, values) {
  const parts = filters.filter((filter) => filter.name).map((filter, at) => {
    const left = path(filter.name, `f${at}`, names);
    const right = `:f${at}`;
    switch (filter.operator) {
      case "exists": return `attribute_exists(${left})`;
      case "not_exists": return `attribute_not_exists(${left})`;
      case "type":
        values[right] = { S: filter.value || filter.type };
        return `attribute_type(${left}, ${right})`;
      default:
    }
    values[right] = typed(filter.type, filter.value);
    switch (filter.operator) {
      case "begins_with": case "contains": return `${filter.operator}(${left}, ${right})`;
      case "not_contains": return `NOT contains(${left}, ${right})`;
      default: return `${left} ${filter.operator} ${right}`;
    }
  });
  return parts.length ? parts.join(" AND ") : undefined;
}

function projection(attributes, names) {
  if (!attributes.length) return undefined;
  return attributes.map((name, at) => path(name, `a${at}`, names)).join(", ");
}
