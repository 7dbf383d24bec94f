// Numbers of DynamoDB are decimal texts of up to 38 digits. They are never made numbers of
// JavaScript's, which keep 15 to 17 of them: all that is done here is done on the text.

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;
const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MIN_EXPONENT = -130;

/** { sign, digits, exponent }: ±0.DIGITS × 10^exponent without leading and trailing zeros, or null. */
function parts(text) {
  const found = FORM.exec(text.trim());
  if (!found || !(found[2] || found[3])) return null;
  const whole = found[2] ?? "";
  const fraction = found[3] ?? "";
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const shown = digits.replace(/0+$/, "");
  if (!shown) return { sign: 1, digits: "", exponent: 0 };
  const exponent = whole.length + Number(found[4] ?? 0) - (all.length - digits.length);
  return { sign: found[1] === "-" ? -1 : 1, digits: shown, exponent };
}

/** What is wrong with a number, as the key of a text; null when nothing is. */
export function numberProblem(text) {
  const number = parts(text);
  if (!number) return "number.form";
  if (number.digits.length > MAX_DIGITS) return "number.digits";
  if (number.digits && number.exponent - 1 > MAX_EXPONENT) return "number.large";
  if (number.digits && number.exponent - 1 < MIN_EXPONENT) return "number.small";
  return null;
}

/** -1, 0 or 1: how two numbers compare, all digits of them. */
export function compareNumbers(left, right) {
  const a = parts(left);
  const b = parts(right);
  if (!a.digits || !b.digits) return Math.sign((a.digits ? a.sign : 0) - (b.digits ? b.sign : 0));
  if (a.sign !== b.sign) return a.sign;
  if (a.exponent !== b.exponent) return a.sign * Math.sign(a.exponent - b.exponent);
  const width = Math.max(a.digits.length, b.digits.length);
  const x = a.digits.padEnd(width, "0");
  const y = b.digits.padEnd(width, "0");
  return x === y ? 0 : a.sign * (x < y ? -1 : 1);
}

/** The number of digits that matter, for sizes. */
export const significantDigits = (text) => parts(text)?.digits.length ?? 0;
export const isNegative = (text) => parts(text)?.sign === -1;
