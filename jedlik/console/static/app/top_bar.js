// The bar at the top: which server this is, who one is to it, and the palette.
import { html, useState } from "../ui/view.js";
import { Select } from "../ui/fields.js";
import { credentials, region, setRegion, signOut } from "../api/credentials.js";
import { applyTheme, keep, kept } from "./settings.js";
import { facts, isReadOnly } from "./facts.js";
import { address } from "./router.js";
import { t } from "./text.js";

const NEXT = { system: "light", light: "dark", dark: "system" };
const SIGNS = { system: "◐", light: "○", dark: "●" };

export function TopBar({ openPalette, toggleDrawer, drawer }) {
  const [theme, setTheme] = useState(kept("theme", "system"));
  const turn = () => {
    const next = NEXT[theme];
    keep("theme", next);
    applyTheme(next);
    setTheme(next);
  };
  return html`
    <header class="top">
      <button class="quiet only-small" aria-label=${t("frame.tables")} aria-expanded=${String(drawer)} onClick=${toggleDrawer}>☰</button>
      <a class="brand" href=${address(["tables"])}>Jedlik</a>
      <span class="mono muted only-large">${window.location.host}</span>
      <${Region} />
      ${isReadOnly() && html`<span class="badge" title=${t("frame.read_only_hint")}>${t("frame.read_only")}</span>`}
      <span class="spring"></span>
      <button class="search" onClick=${openPalette} aria-label=${t("palette.title")}>
        <span class="only-large">${t("palette.open")}</span><kbd>Ctrl K</kbd></button>
      <${Who} />
      <button class="quiet icon" title=${t(`theme.${theme}`)} aria-label=${t(`theme.${theme}`)} onClick=${turn}>${SIGNS[theme]}</button>
    </header>`;
}

/** The region that requests are signed for: a server of several answers for that one. */
function Region() {
  if (!facts.regions.length) return html`<span class="mono muted only-large">${facts.region}</span>`;
  return html`
    <${Select} className="region mono" label=${t("frame.region")} value=${region()} options=${facts.regions}
      onChange=${(name) => { setRegion(name); window.location.reload(); }} />`;
}

function Who() {
  if (!facts.signed) return html`<span class="muted only-large" title=${t("sign.open_hint")}>${t("sign.open")}</span>`;
  const given = credentials();
  if (!given) return null;
  return html`
    <span class="mono muted only-large" title=${given.accessKeyId}>…${given.accessKeyId.slice(-6)}</span>
    <button class="quiet" onClick=${signOut}>${t("sign.out")}</button>`;
}
