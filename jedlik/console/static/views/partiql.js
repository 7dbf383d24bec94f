// PartiQL: a statement, its names completed as one types, and what it answers. A statement in the
// address is put into the field and never run by itself: a link must not delete anything.
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../ui/view.js";
import { Grid } from "../ui/grid.js";
import { Empty, ErrorNote, tell } from "../ui/notes.js";
import { dynamodb } from "../api/client.js";
import { unitsOf } from "../ui/calls.js";
import { describe, indexes } from "../api/tables.js";
import { keep, kept } from "../app/settings.js";
import { setParams } from "../app/router.js";
import { t, tenths } from "../app/text.js";
import { attributeOrder, itemColumns } from "./items/columns.js";

const KEYWORDS = [
  "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "ORDER BY", "ASC", "DESC", "IN", "BETWEEN", "IS MISSING", "IS NULL",
  "INSERT INTO", "VALUE", "UPDATE", "SET", "REMOVE", "DELETE FROM", "RETURNING ALL OLD *", "RETURNING MODIFIED NEW *",
  "begins_with", "contains", "attribute_type", "size", "EXISTS", "list_append", "set_add", "set_delete",
];
const COUNTED = /^(?:insert\s+into|delete\s+from)\s+"?([\w.-]+)/i; // what changes how many items a table has
const WORD = /["A-Za-z_][\w".-]*$/;
const MOST_SUGGESTED = 8;
const MOST_KEPT = 50;
const PAGE = 200;

export default function PartiQL({ params, tables }) {
  const [statement, setStatement] = useState(params.get("s") ?? "");
  const [result, setResult] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [history, setHistory] = useState(kept("partiql", []));
  const read = async (after) => {
    const text = statement.trim();
    if (!text || busy) return;
    setBusy(true);
    setError(null);
    const began = performance.now();
    try {
      const { output } = await dynamodb("ExecuteStatement", {
        Statement: text, NextToken: after, Limit: /^select\b/i.test(text) ? PAGE : undefined, ReturnConsumedCapacity: "TOTAL",
      });
      const old = after ? result : { items: [], units: 0, ms: 0 };
      setResult({
        items: [...old.items, ...output.Items ?? []],
        next: output.NextToken,
        units: old.units + (unitsOf(output) ?? 0),
        ms: old.ms + performance.now() - began,
      });
      const [, table] = COUNTED.exec(text) ?? [];
      if (table) describe(table, { fresh: true }).catch(() => {}); // for its count in the sidebar
      setParams({ s: text });
      const next = [text, ...history.filter((each) => each !== text)].slice(0, MOST_KEPT);
      setHistory(next);
      keep("partiql", next);
    } catch (failed) {
      if (!after) setResult(null); // else the last one's "Done" would stand below
      setError(failed);
    }
    setBusy(false);
  };
  // The grid asks at its end: once for each page, and not again where a page failed or held nothing.
  const more = useRef(null);
  more.current = () => result?.next && !error && read(result.next);
  const onEnd = useCallback(() => { more.current(); }, []);
  const items = result?.items ?? [];
  const order = useMemo(() => attributeOrder([], items), [items]);
  const columns = useMemo(() => itemColumns(order.shown, [], items, () => undefined), [order, items]);
  return html`
    <section class="fill">
      <div class="statement">
        <h1>${t("screen.partiql")}</h1>
        <${StatementField} value=${statement} onInput=${setStatement} onRun=${() => read()} tables=${tables.value ?? []} attributes=${order.shown} />
        <div class="row">
          <button class="primary" disabled=${busy || !statement.trim()} onClick=${() => read()}>${t("items.run")} <kbd>Ctrl Enter</kbd></button>
          ${history.length > 0 && html`
            <details class="menu history">
              <summary>${t("partiql.history")}</summary>
              <ul class="menu-box">
                ${history.map((text) => html`<li key=${text}><button class="quiet mono" title=${text} onClick=${(event) => { setStatement(text); event.target.closest("details").open = false; }}>${text}</button></li>`)}
                <li><button class="quiet danger" onClick=${() => { setHistory([]); keep("partiql", []); tell(t("partiql.forgotten")); }}>${t("partiql.forget")}</button></li>
              </ul>
            </details>`}
          ${result && html`<span class="status" role="status">${t("partiql.status", { count: items.length, units: tenths(result.units), ms: Math.round(result.ms) })}
            ${result.next && html` · <button class="quiet" disabled=${busy} onClick=${() => read(result.next)}>${t("items.next")}</button>`}</span>`}
        </div>
      </div>
      <${ErrorNote} error=${error} />
      ${items.length > 0
        ? html`<div class="work"><${Grid} label=${t("partiql.result")} columns=${columns} rows=${items} rowKey=${(_item, at) => at} onEnd=${onEnd} /></div>`
        : result ? html`<p class="muted pad">${t("partiql.nothing")}</p>`
          : html`<${Empty} title="PartiQL" text=${t("partiql.text")} line=${example(tables.value)} />`}
    </section>`;
}

/** A name as statements take any name, also a word that PartiQL reserves. */
const quote = (name) => `"${name.replaceAll('"', '""')}"`;

const example = (all) => `SELECT * FROM "${all?.[0] ?? "Music"}"`;

/** The field, and below it names and words that the word at the cursor may become. */
function StatementField({ value, onInput, onRun, tables, attributes }) {
  const field = useRef(null);
  const [word, setWord] = useState("");
  const [active, setActive] = useState(0);
  const names = useNames(tables);
  const suggestions = useMemo(() => {
    const typed = word.replace(/^"/, "").toLowerCase();
    if (!typed) return [];
    const all = [...names, ...attributes.map(quote), ...KEYWORDS];
    return all.filter((each) => each.toLowerCase().replace(/^"/, "").startsWith(typed) && each !== word).slice(0, MOST_SUGGESTED);
  }, [word, names, attributes]);
  const look = () => {
    const before = field.current.value.slice(0, field.current.selectionStart);
    setWord(WORD.exec(before)?.[0] ?? "");
    setActive(0);
  };
  const take = (suggestion) => {
    const at = field.current.selectionStart;
    const next = value.slice(0, at - word.length) + suggestion + value.slice(at);
    onInput(next);
    setWord("");
    queueMicrotask(() => {
      field.current.focus();
      field.current.setSelectionRange(at - word.length + suggestion.length, at - word.length + suggestion.length);
    });
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onRun();
    } else if (suggestions.length && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      take(suggestions[active]);
    } else if (suggestions.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setActive((active + (event.key === "ArrowDown" ? 1 : suggestions.length - 1)) % suggestions.length);
    } else if (suggestions.length && event.key === "Escape") {
      event.stopPropagation();
      setWord("");
    }
  };
  return html`
    <div class="completing">
      <textarea ref=${field} class="mono" rows="4" spellcheck=${false} autofocus data-filter aria-label=${t("partiql.statement")}
        aria-haspopup="listbox" aria-controls="partiql-words" aria-autocomplete="list"
        aria-activedescendant=${suggestions.length ? `partiql-${active}` : undefined}
        placeholder=${example(tables)} value=${value} onInput=${(event) => { onInput(event.target.value); look(); }} onKeyDown=${onKeyDown} onBlur=${() => setTimeout(() => setWord(""), 150)}></textarea>
      <ul id="partiql-words" role="listbox" aria-label=${t("partiql.words")} class=${suggestions.length ? "words" : "words none"}>
        ${suggestions.map((each, at) => html`<li key=${each} id=${`partiql-${at}`} role="option" aria-selected=${String(at === active)} class="mono" onMouseDown=${(event) => { event.preventDefault(); take(each); }}>${each}</li>`)}
        ${suggestions.length > 0 && html`<li class="muted" role="presentation">Tab</li>`}
      </ul>
    </div>`;
}

const MOST_DESCRIBED = 30;

/** Tables, their indexes and key attributes, as a statement names them. */
function useNames(tables) {
  const [names, setNames] = useState([]);
  useEffect(() => {
    let over = false;
    const quoted = tables.map(quote);
    setNames(quoted);
    Promise.all(tables.slice(0, MOST_DESCRIBED).map((name) => describe(name).then((table) => [
      ...indexes(table).map((index) => `"${name}"."${index.name}"`),
      ...table.AttributeDefinitions.map((each) => quote(each.AttributeName)),
    ], () => []))).then((found) => !over && setNames([...new Set([...quoted, ...found.flat()])]));
    return () => { over = true; };
  }, [tables.join()]);
  return names;
}
