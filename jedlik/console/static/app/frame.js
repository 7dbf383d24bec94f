// The frame: top bar, tables at the left, the view that the address names, the calls at the foot.
import { html, names, useCallback, useEffect, useErrorBoundary, useLayoutEffect, useMemo, useRef, useState } from "../ui/view.js";
import { CallBar } from "../ui/calls.js";
import { Palette } from "../ui/palette.js";
import { ErrorNote, Messages, Waiting } from "../ui/notes.js";
import { useAsync } from "../ui/async.js";
import { SignIn } from "../ui/sign_in.js";
import { mustSignIn, onSigning } from "../api/credentials.js";
import { describe, onTablesChanged, tableNames } from "../api/tables.js";
import { allScreens, tabsOf } from "./catalogue.js";
import { frameCommands } from "./commands.js";
import { usePlace } from "./router.js";
import { t } from "./text.js";
import { Sidebar } from "./sidebar.js";
import { TopBar } from "./top_bar.js";
import { TableHead } from "./table_head.js";

export function Frame() {
  const at = usePlace();
  const [turn, setTurn] = useState(0);
  const [palette, setPalette] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const again = useCallback(() => setTurn((old) => old + 1), []);
  useEffect(() => onSigning(again), []);
  useEffect(() => onTablesChanged(again), []);
  useEffect(() => setDrawer(false), [at]);
  const signedOut = mustSignIn();
  const tables = useTableNames(turn, signedOut);
  useKeys(() => setPalette(true));
  useFocusOfView(at.parts.join("/"));
  const commands = useMemo(
    () => palette && frameCommands({ tables: tables.value ?? [], at, again }), [palette, tables.value, at]);
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>${t("frame.skip")}</a>
    <${TopBar} openPalette=${() => setPalette(true)} toggleDrawer=${() => setDrawer(!drawer)} drawer=${drawer} />
    <div class=${names("frame", { drawer })}>
      ${!signedOut && html`<${Sidebar} tables=${tables} at=${at} />`}
      <main id="main" tabindex="-1" key=${turn > 0 && signedOut}>
        ${signedOut ? html`<${SignIn} />` : html`<${View} at=${at} tables=${tables} />`}
      </main>
    </div>
    ${!signedOut && html`<${CallBar} />`}
    <${Messages} />
    ${palette && html`<${Palette} commands=${commands} onClose=${() => setPalette(false)} />`}`;
}

/** Names of tables; of thousands those that have come are shown while the others are on their way. */
function useTableNames(turn, signedOut) {
  const [some, setSome] = useState(undefined);
  const all = useAsync((signal) => (signedOut ? [] : tableNames((names) => signal.aborted || setSome(names), signal)), [turn, signedOut]);
  return { ...all, value: all.value ?? (all.error ? undefined : some) };
}

/** A view that a link or command leads to takes the focus if the element that had it is gone. */
function useFocusOfView(path) {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return; // the page was loaded
    shown.current = path;
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  }, [path]);
}

/** Ctrl-K opens the palette, `/` goes to the filter in sight, Esc leaves a field. */
function useKeys(openPalette) {
  useLayoutEffect(() => { // what is seen takes keys: no frame lies between
    const onKey = (event) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        openPalette();
      } else if (event.key === "/" && !event.target.matches("input, textarea, select")) {
        const filters = [...document.querySelectorAll("[data-filter]")].filter((each) => each.offsetParent);
        if (filters.length) {
          event.preventDefault();
          filters.at(-1).focus();
          filters.at(-1).select?.();
        }
      } else if (event.key === "Escape" && event.target.matches("input, textarea, select")) {
        event.target.blur();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function View({ at, tables }) {
  const [place, name, tab, ...rest] = at.parts;
  if (place === "t" && name) return html`<${TableView} key=${name} ...${{ name, tab, rest, at }} />`;
  const screen = allScreens().find((each) => each.id === (place ?? "tables")) ?? allScreens()[0];
  return html`<${Loaded} key=${screen.id} view=${screen} props=${{ params: at.params, rest: at.parts.slice(1), tables }} />`;
}

function TableView({ name, tab, rest, at }) {
  const description = useAsync(() => describe(name, { fresh: true }), [name]);
  if (description.error) {
    return html`<${ErrorNote} error=${description.error} retry=${description.reload} />`;
  }
  const table = description.value;
  if (!table) return html`<${Waiting} slow=${description.slow} />`;
  const tabs = tabsOf(table);
  const view = tabs.find((each) => each.id === tab) ?? tabs[0];
  return html`
    <${TableHead} ...${{ table, tabs, view }} />
    <${Loaded} key=${view.id} view=${view} props=${{
      table: name, description: table, reload: description.reload, params: at.params, rest,
    }} />`;
}

const loaded = new Map();

function Loaded({ view, props }) {
  const module = useAsync(async () => {
    const { default: component } = await view.load();
    loaded.set(view, component);
    return component;
  }, [view]);
  useEffect(() => {
    document.title = [props.table, t(view.label), "Jedlik"].filter(Boolean).join(" · ");
  }, [view, props.table]);
  const component = loaded.get(view) ?? module.value;
  useLayoutEffect(() => { // browsers heed the attribute only while a page is loaded
    if (component) document.querySelector("#main [autofocus]")?.focus();
  }, [component]);
  const [broken, forget] = useErrorBoundary();
  if (broken || module.error) return html`<${ErrorNote} error=${broken ?? module.error} retry=${forget} />`;
  if (!component) return html`<${Waiting} slow=${module.slow} />`;
  return html`<${component} ...${props} />`;
}
