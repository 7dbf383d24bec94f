// Items as JSON, one after another; those far out of sight are not drawn (content-visibility).
import { html, useEffect, useRef } from "../../ui/view.js";
import { itemToPlain } from "../../values/plain.js";
import { t } from "../../app/text.js";

const INDENT = 2;

export function JsonList({ items, onEnd, id }) {
  const end = useRef(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && onEnd());
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [items.length, onEnd]);
  return html`
    <div class="json-list" tabindex="0" role="region" aria-label=${t("items.as_json")}>
      ${items.map((item) => html`<pre key=${id(item)} class="mono">${itemToPlain(item, INDENT)}</pre>`)}
      <div ref=${end} class="json-end"></div>
    </div>`;
}
