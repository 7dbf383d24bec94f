// Strips of blocks. Both ways only what is in sight is drawn: strips from top to bottom, blocks of a
// strip from left to right.
import { html, names, useEffect, useLayoutEffect, useRef, useState } from "../../ui/view.js";
import { display } from "../../values/attribute.js";
import { itemSize } from "../../values/size.js";
import { bytes, t } from "../../app/text.js";

export const STRIP = 88; // pixels from one strip to the next
const BLOCK = 144;
const GAP = 4;
const OVERSCAN = 4;
const LEAST = 56;
const MOST = 400;
const BYTES_A_PIXEL = 2;

export function Strips({ strips, onEnd, ...rest }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 400 });
  useLayoutEffect(() => {
    const measure = () => setView({ top: box.current.scrollTop, height: box.current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / STRIP) - OVERSCAN);
  const last = Math.min(strips.length, Math.ceil((view.top + view.height) / STRIP) + OVERSCAN);
  useEffect(() => {
    if (strips.length && last >= strips.length) onEnd();
  }, [last, strips.length, onEnd]);
  return html`
    <div class="strips" ref=${box} tabindex="0" role="list" aria-label=${t("collections.partitions")}
      onScroll=${(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}>
      <div role="presentation" style=${{ height: `${strips.length * STRIP}px`, position: "relative" }}>
        ${strips.slice(first, last).map((strip, at) => html`
          <${Strip} key=${strip.key} strip=${strip} top=${(first + at) * STRIP} onEnd=${strips.length === 1 ? onEnd : undefined} ...${rest} />`)}
      </div>
    </div>`;
}

function Strip({ strip, top, onEnd, bySize, ...rest }) {
  const box = useRef(null);
  const [view, setView] = useState({ left: 0, width: 1200 });
  const widths = strip.items.map((item) => (bySize ? Math.max(LEAST, Math.min(MOST, Math.round(itemSize(item) / BYTES_A_PIXEL))) : BLOCK));
  const starts = [0];
  for (const width of widths) starts.push(starts.at(-1) + width + GAP);
  const first = Math.max(0, starts.findIndex((start) => start > view.left) - 1 - OVERSCAN);
  const past = starts.findIndex((start) => start > view.left + view.width);
  const last = Math.min(strip.items.length, (past < 0 ? strip.items.length : past) + OVERSCAN);
  useEffect(() => {
    if (onEnd && last >= strip.items.length) onEnd();
  }, [last, strip.items.length, onEnd]);
  return html`
    <div class="strip" role="listitem" style=${{ transform: `translateY(${top}px)` }}>
      <div class="strip-key">
        <span class="mono" title=${strip.key}>${strip.key}</span>
        <span class="muted number">${t("table.items", { count: strip.items.length })}</span>
        <span class="muted number">${bytes(strip.items.reduce((sum, item) => sum + itemSize(item), 0))}</span>
      </div>
      <div class="blocks" ref=${box} onScroll=${(event) => setView({ left: event.currentTarget.scrollLeft, width: event.currentTarget.clientWidth })}>
        <div style=${{ width: `${starts.at(-1)}px`, position: "relative", height: "100%" }}>
          ${strip.items.slice(first, last).map((item, at) => html`
            <${Block} key=${rest.id(item)} item=${item} left=${starts[first + at]} width=${widths[first + at]} ...${rest} />`)}
        </div>
      </div>
    </div>`;
}

function Block({ item, left, width, keys, tableKeys, id, colour, lit, onPick }) {
  const title = keys.range.length
    ? keys.range.map((name) => display(item[name])).join(" · ")
    : tableKeys.hash.map((name) => display(item[name])).join(" · ");
  const hidden = new Set([...keys.hash, ...keys.range, ...tableKeys.hash]);
  const others = Object.entries(item).filter(([name]) => !hidden.has(name)).slice(0, 2);
  const number = colour(item);
  return html`
    <button type="button" class=${names("block", { lit: lit === id(item) })} onClick=${() => onPick(item)}
      style=${{ left: `${left}px`, width: `${width}px`, "--colour": number === undefined ? "var(--line-strong)" : `var(--type-${number})` }}>
      <strong class="mono">${title}</strong>
      ${others.map(([name, value]) => html`<span key=${name}><span class="muted">${name}</span> ${display(value)}</span>`)}
    </button>`;
}
