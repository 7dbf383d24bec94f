// Sizes as the service counts them (developer guide, "DynamoDB item sizes and formats").
import { fromBase64 } from "./attribute.js";
import { isNegative, significantDigits } from "./numbers.js";

const encoder = new TextEncoder();
const textSize = (text) => encoder.encode(text).length;
const numberSize = (text) => Math.ceil(significantDigits(text) / 2) + 1 + (isNegative(text) ? 1 : 0);
const total = (sizes) => sizes.reduce((sum, each) => sum + each, 0);
const DOCUMENT = 3;
const NESTED = 1;

function valueSize(value) {
  const [type] = Object.keys(value);
  const content = value[type];
  switch (type) {
    case "S": return textSize(content);
    case "N": return numberSize(content);
    case "B": return fromBase64(content)?.length ?? 0;
    case "SS": return total(content.map(textSize));
    case "NS": return total(content.map(numberSize));
    case "BS": return total(content.map((each) => fromBase64(each)?.length ?? 0));
    case "L": return DOCUMENT + total(content.map((each) => valueSize(each) + NESTED));
    case "M": return DOCUMENT + total(Object.entries(content).map(
      ([name, each]) => textSize(name) + valueSize(each) + NESTED));
    default: return 1;
  }
}

/** Bytes of an item, about: how a number is packed is the service's own affair. */
export const itemSize = (item) =>
  total(Object.entries(item).map(([name, value]) => textSize(name) + valueSize(value)));

/** Units to write an item of this size once. */
export const writeUnits = (size) => Math.max(1, Math.ceil(size / 1024));
