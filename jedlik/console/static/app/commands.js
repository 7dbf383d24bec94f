// What the palette reaches from everywhere: tables, their tabs, screens, the look of the console.
import { applyTheme, keep } from "./settings.js";
import { allScreens, allTabs } from "./catalogue.js";
import { address, go, tableAddress } from "./router.js";
import { LANGUAGES, loadLanguage, t } from "./text.js";
import { credentials, signOut } from "../api/credentials.js";

export function frameCommands({ tables, at, again }) {
  const current = at.parts[0] === "t" ? at.parts[1] : null;
  const tabs = current
    ? allTabs().map((tab) => ({ label: t(tab.label), hint: current, run: () => go(tableAddress(current, tab.id)) }))
    : [];
  const open = tables.map((name) => ({ label: name, hint: t("palette.table"), run: () => go(tableAddress(name)) }));
  const screens = allScreens().map((screen) => ({
    label: t(screen.label), hint: t("palette.screen"), run: () => go(address([screen.id])),
  }));
  const looks = ["light", "dark", "system"].map((theme) => ({
    label: t(`theme.${theme}`), hint: t("palette.look"),
    run: () => { keep("theme", theme); applyTheme(theme); },
  }));
  const languages = Object.entries(LANGUAGES).map(([code, name]) => ({
    label: name, hint: t("palette.language"),
    run: async () => { keep("language", code); await loadLanguage(code); window.location.reload(); },
  }));
  const leave = credentials()
    ? [{ label: t("sign.out"), hint: "", run: () => { signOut(); again(); } }]
    : [];
  return [...tabs, ...open, ...screens, ...looks, ...languages, ...leave];
}
