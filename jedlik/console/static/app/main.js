// The console's beginning: facts, language, then the frame.
import { applyTheme } from "./settings.js";
import { loadFacts } from "./facts.js";
import { loadLanguage } from "./text.js";
import { followLinks } from "./router.js";
import { Frame } from "./frame.js";
import "./views.js";
import { begin } from "../ui/readiness.js";
import { html, render } from "../ui/view.js";

const end = begin();
applyTheme();
followLinks();
await Promise.all([loadFacts(), loadLanguage()]);
render(html`<${Frame} />`, document.getElementById("app"));
end();
