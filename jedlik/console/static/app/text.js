// Texts in the reader's language. A language is one file in ../text; English is the complete one.
import { kept } from "./settings.js";
import english from "../text/en.js";

export const LANGUAGES = { en: "English", de: "Deutsch" };

let texts = english;
let language = "en";

/** Loads the language that was chosen, or the browser's. */
export async function loadLanguage(chosen = kept("language", null)) {
  const wanted = chosen ?? navigator.languages?.map((tag) => tag.slice(0, 2)) ?? ["en"];
  language = [wanted].flat().find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
  if (language !== "en") {
    texts = { ...english, ...(await import(`../text/${language}.js`)).default };
  }
  document.documentElement.lang = language;
}

const PLURAL = /\{(\w+), plural, ((?:\w+ \{[^{}]*\} ?)+)\}/g;
const FORM = /(\w+) \{([^{}]*)\}/g;

/** The text of a key, with what is in braces filled in from `values`; numbers are written as the
 *  language does. {count, plural, one {# item} other {# items}} is the form for that number, by the
 *  names and the rules of Unicode's plurals, and # the number. */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) return key;
  const written = (value) => (typeof value === "number" ? count(value) : value);
  return text
    .replace(PLURAL, (_whole, name, forms) => {
      const { other, ...rest } = Object.fromEntries([...forms.matchAll(FORM)].map(([, form, words]) => [form, words]));
      const form = rest[new Intl.PluralRules(language).select(values[name])] ?? other;
      return form.replaceAll("#", written(values[name]));
    })
    .replace(/\{(\w+)\}/g, (whole, name) => written(values[name]) ?? whole);
}

/** What is wrong with a text that could not be read as plain JSON, or as something else. */
export const readingProblem = (error) => (error.place ? t("json.wrong", error.place) : error.message);

const SECOND = 1000;
const UNITS = [["day", 86400 * SECOND], ["hour", 3600 * SECOND], ["minute", 60 * SECOND],
  ["second", SECOND]];

/** "3 minutes ago" for a time in seconds since 1970. */
export function relative(seconds) {
  const apart = seconds * SECOND - Date.now();
  const [unit, length] = UNITS.find(([, each]) => Math.abs(apart) >= each) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" })
    .format(Math.round(apart / length), unit);
}

/** The exact time, in seconds since 1970, as it is shown on hover. */
export const exact = (seconds) => new Date(seconds * SECOND).toISOString();

const DAY = 86_400;

/** A time in seconds since 1970 as an axis has it: the hour and minute, at midnight the day. */
export function clock(seconds) {
  const time = new Date(seconds * SECOND);
  const isMidnight = (seconds - time.getTimezoneOffset() * 60) % DAY === 0;
  return new Intl.DateTimeFormat(language, isMidnight ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time);
}

export const count = (number) => new Intl.NumberFormat(language).format(number);
/** A number to one decimal place. */
export const tenths = (number) => Math.round(number * 10) / 10;
export const short = (number) =>
  new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(number);

/** US dollars, as they are written in the reader's language. */
export const dollars = (amount) =>
  new Intl.NumberFormat(language, { style: "currency", currency: "USD" }).format(amount);

/** A size in bytes, in the unit that fits. */
export function bytes(size) {
  let value = size;
  let at = 0;
  const units = ["B", "KB", "MB", "GB", "TB"];
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  const digits = value < 10 && at > 0 ? 1 : 0;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${units[at]}`;
}
