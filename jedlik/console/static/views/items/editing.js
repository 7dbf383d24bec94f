// A value as text that one types, and typed text as a value.
import { fromBase64, typeOf } from "../../values/attribute.js";
import { numberProblem } from "../../values/numbers.js";
import { t } from "../../app/text.js";

const LINES = new Set(["SS", "NS", "BS"]);

/** What stands in the field while a value of this type is typed. */
export function toText(value) {
  const type = typeOf(value);
  if (LINES.has(type)) return value[type].join("\n");
  if (type === "NULL") return "";
  if (type === "L" || type === "M") return JSON.stringify(value[type]);
  return String(value[type]);
}

/** { value } or { problem } of a typed text. */
export function fromText(type, text) {
  switch (type) {
    case "S": return { value: { S: text } };
    case "N": return checked(numberProblem(text), { N: text.trim() });
    case "B": return checked(fromBase64(text) === null && "binary.form", { B: text });
    case "BOOL": return { value: { BOOL: text === "true" } };
    case "NULL": return { value: { NULL: true } };
    case "SS": return set("SS", text, () => null);
    case "NS": return set("NS", text, numberProblem);
    case "BS": return set("BS", text, (each) => fromBase64(each) === null && "binary.form");
    default: return document(type, text);
  }
}

const checked = (problem, value) => (problem ? { problem: t(problem) } : { value });

function set(type, text, problemOf) {
  const members = text.split("\n").map((each) => (type === "SS" ? each : each.trim())).filter((each) => each !== "");
  if (!members.length) return { problem: t("set.empty") };
  const problem = members.map(problemOf).find(Boolean);
  return checked(problem, { [type]: members });
}

function document(type, text) {
  try {
    const content = JSON.parse(text);
    const fits = type === "L" ? Array.isArray(content) : content && typeof content === "object" && !Array.isArray(content);
    return fits ? { value: { [type]: content } } : { problem: t("document.form") };
  } catch (error) {
    return { problem: error.message };
  }
}

/** A value of another type that says the same as far as it can. */
export function converted(value, type) {
  const scalar = "S" in value ? value.S : "N" in value ? value.N : "";
  switch (type) {
    case "S": return { S: scalar };
    case "N": return { N: numberProblem(scalar) ? "0" : scalar };
    case "B": return { B: "" };
    case "BOOL": return { BOOL: false };
    case "NULL": return { NULL: true };
    case "SS": return { SS: [scalar || "a"] };
    case "NS": return { NS: [numberProblem(scalar) ? "0" : scalar] };
    case "BS": return { BS: ["AA=="] };
    case "L": return { L: scalar ? [value] : [] };
    default: return { M: {} };
  }
}
