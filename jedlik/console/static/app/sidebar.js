// Tables at the left, and the screens that are of no table.
import { html, useEffect, useMemo, useRef, useState } from "../ui/view.js";
import { ErrorNote, Waiting } from "../ui/notes.js";
import { describe, onDescribed, onTablesChanged } from "../api/tables.js";
import { inParallel } from "../ui/async.js";
import { allScreens } from "./catalogue.js";
import { isReadOnly } from "./facts.js";
import { address, tableAddress } from "./router.js";
import { short, t } from "./text.js";
import { own } from "../values/attribute.js";

const MOST_SHOWN = 400;
const MOST_COUNTED = 60;
const WIDTH = 4; // calls at a time

export function Sidebar({ tables, at }) {
  const [filter, setFilter] = useState("");
  const all = tables.value ?? [];
  const found = useMemo(
    () => all.filter((name) => name.toLowerCase().includes(filter.toLowerCase())), [all, filter]);
  const counts = useCounts(found.slice(0, MOST_COUNTED));
  const current = at.parts[0] === "t" ? at.parts[1] : null;
  return html`
    <nav class="side" aria-label=${t("frame.navigation")}>
      <div class="side-filter">
        <input type="search" data-filter placeholder=${t("frame.filter")} aria-label=${t("frame.filter_label")}
          value=${filter} onInput=${(event) => setFilter(event.target.value)} onKeyDown=${walk} />
      </div>
      <ul class="side-tables" aria-label=${t("frame.tables")} onKeyDown=${walk}>
        ${found.slice(0, MOST_SHOWN).map((name) => html`
          <li key=${name}>
            <a href=${tableAddress(name)} aria-current=${name === current ? "page" : undefined} title=${name}>
              <span class="side-name">${name}</span>
              <span class="muted number">${own(counts, name) === undefined ? "" : short(counts[name])}</span>
            </a>
          </li>`)}
        ${found.length > MOST_SHOWN && html`<li class="muted side-more">${t("frame.more", { count: found.length - MOST_SHOWN })}</li>`}
      </ul>
      <${Waiting} slow=${tables.slow} />
      <${ErrorNote} error=${tables.error} retry=${tables.reload} />
      ${!isReadOnly() && html`<a class="side-new" href=${address(["new"])}>+ ${t("screen.new")}</a>`}
      <ul class="side-screens">
        ${allScreens().filter((screen) => !screen.hidden).map((screen) => html`
          <li key=${screen.id}>
            <a href=${address([screen.id])} aria-current=${(at.parts[0] ?? "tables") === screen.id ? "page" : undefined}>${t(screen.label)}</a>
          </li>`)}
      </ul>
    </nav>`;
}

/** Items of tables by name, of those that are in sight; each is asked for once, also if in vain, until
 *  tables change. A description that a view reads meanwhile counts too, so both show the same. */
function useCounts(tableNames) {
  const [counts, setCounts] = useState({});
  const [turn, setTurn] = useState(0);
  const asked = useRef(new Set());
  useEffect(() => onDescribed((table) => setCounts((old) => ({ ...old, [table.TableName]: table.ItemCount }))), []);
  useEffect(() => onTablesChanged(() => {
    asked.current.clear();
    setTurn((old) => old + 1);
  }), []);
  useEffect(() => {
    const wanted = tableNames.filter((name) => !asked.current.has(name));
    for (const name of wanted) asked.current.add(name);
    inParallel(wanted, WIDTH, (name) => describe(name).catch(() => setCounts((old) => ({ ...old, [name]: undefined }))));
  }, [tableNames.join("\n"), turn]);
  return counts;
}

/** Arrow keys walk from the filter through the links. */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [...event.currentTarget.closest("nav").querySelectorAll("input, a")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
