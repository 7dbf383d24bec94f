// A grid of rows of which only those in sight are in the document.
//
// All rows have one height, so what is in sight follows from the scroll position alone, whatever the
// number of rows. A row that was drawn stays as it is while one scrolls, and keeps its place: only
// rows that come into sight cost anything. The grid has the focus and names the active cell (aria-activedescendant): rows
// come and go as one scrolls, and a cell with the focus would take it along.
import { own } from "../values/attribute.js";
import { html, names, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "./view.js";

const OVERSCAN = 12;
const STEP = 6; // rows by which one must have scrolled for others to be drawn
const MIN_WIDTH = 48;
const PADDING = 8; // before the first column
const MOST_DRAWN = 1000;
const MAX_HEIGHT = 15_000_000; // browsers place nothing reliably below some 17 million pixels

/**
 * columns     [{ id, label, width, align, cell(row, index), header }]
 * rows        what is shown; rowKey(row, index) names one
 * onOpen      Enter or a double click on a row: onOpen(row, index, column)
 * onActive    the active row changed; onEnd: the end is near; onSeen(first, last): rows in sight, and
 *             some more; both are called again only when rows change, or what is in sight
 * onKey       keys that the grid does not know: onKey(event, row, column) returns true if it did
 * selected    a Set of rowKeys; onSelect(set) makes rows selectable
 * editing     { row, column, element } draws an editor in place of that cell
 */
export function Grid(props) {
  const { columns, rows, rowKey, label, rowHeight = 24, onEnd, onSeen } = props;
  const id = useId();
  const scroller = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [active, setActiveState] = useState({ row: 0, column: 0 });
  const [widths, setWidths] = useState({});
  const height = Math.min(rows.length * rowHeight, MAX_HEIGHT);
  const scale = rows.length * rowHeight / Math.max(height, 1);

  useLayoutEffect(() => {
    const element = scroller.current;
    const measure = () => setView({ top: at(element, rowHeight), height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (active.row >= rows.length && rows.length) setActiveState({ ...active, row: rows.length - 1 });
  }, [rows.length]);

  const first = Math.max(0, Math.floor(view.top * scale / rowHeight) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((view.top * scale + view.height) / rowHeight) + OVERSCAN + STEP);

  useEffect(() => {
    if (onEnd && last >= rows.length - OVERSCAN) onEnd();
  }, [last, rows.length, onEnd]);

  useEffect(() => onSeen?.(first, last), [first, last, onSeen]);

  const frame = useRef(0);
  const onScroll = useCallback((event) => {
    const element = event.currentTarget;
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => setView((old) => {
      const next = { top: at(element, rowHeight), height: element.clientHeight };
      return next.top === old.top && next.height === old.height ? old : next;
    }));
  }, [rowHeight]);

  const setActive = (row, column) => {
    const next = {
      row: Math.max(0, Math.min(rows.length - 1, row)),
      column: Math.max(0, Math.min(columns.length - 1, column)),
    };
    setActiveState(next);
    reveal(scroller.current, next.row * rowHeight / scale, rowHeight);
    if (rows[next.row] !== undefined) props.onActive?.(rows[next.row], next.row);
  };

  const pixels = columns.map((column) => own(widths, column.id) ?? column.width ?? 160);
  const check = props.onSelect ? 32 : 0;
  const total = pixels.reduce((sum, each) => sum + each, check + PADDING);
  const template = `${check ? `${check}px ` : ""}${pixels.map((each) => `${each}px`).join(" ")} minmax(0, 1fr)`;
  const style = useMemo(() => ({ gridTemplateColumns: template }), [template]);
  const shift = first * rowHeight * (1 - 1 / scale); // rows beyond what browsers can place move up
  const drawn = useRef({ by: [], rows: new Map() });
  const by = [columns, rows, style, active, shift, props.selected, props.editing, props.rowClass];
  const isOther = by.some((each, place) => each !== drawn.current.by[place]);
  if (isOther || drawn.current.rows.size > MOST_DRAWN) drawn.current = { by, rows: new Map() };
  const rowAt = (index) => {
    const known = drawn.current.rows;
    if (!known.has(index)) {
      known.set(index, html`<${Row} key=${rowKey(rows[index], index)} ...${{
        props, row: rows[index], id, style, rowHeight, index, top: index * rowHeight - shift,
        activeColumn: index === active.row ? active.column : -1, setActive,
      }} />`);
    }
    return known.get(index);
  };
  return html`
    <div class="grid" role="grid" tabindex="0" aria-label=${label} aria-rowcount=${rows.length + 1}
      aria-multiselectable=${props.onSelect ? "true" : undefined}
      aria-activedescendant=${rows.length ? `${id}-${active.row}-${active.column}` : undefined}
      ref=${scroller} onScroll=${onScroll}
      onKeyDown=${(event) => onKeyDown(event, props, active, setActive, view, rowHeight)}>
      <${Header} ...${{ props, style, widths, setWidths }} />
      <div class="grid-body" role="rowgroup" style=${{ height: `${height}px`, minWidth: `${total}px` }}>
        ${Array.from({ length: Math.max(0, last - first) }, (_, place) => rowAt(first + place))}
      </div>
    </div>`;
}

/** The scroll position, in steps. */
const at = (element, rowHeight) => Math.floor(element.scrollTop / (STEP * rowHeight)) * STEP * rowHeight;

function reveal(element, top, rowHeight) {
  const header = rowHeight + 4;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight + header > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + rowHeight + header - element.clientHeight;
  }
}

function Header({ props, style, setWidths }) {
  const { columns, rows, rowKey, selected, onSelect } = props;
  const all = onSelect && rows.length > 0 && selected.size >= rows.length;
  const drag = (event, column) => {
    const from = event.clientX;
    const width = event.target.closest("[role=columnheader]").offsetWidth;
    const move = (moved) => setWidths((widths) => ({
      ...widths, [column.id]: Math.max(MIN_WIDTH, width + moved.clientX - from),
    }));
    const up = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    event.preventDefault();
  };
  return html`
    <div class="grid-head" role="rowgroup">
      <div class="grid-row" role="row" aria-rowindex="1" style=${style}>
        ${onSelect && html`
          <span role="columnheader" class="grid-check">
            <input type="checkbox" tabindex="-1" checked=${all} aria-label=${props.selectAllLabel}
              onChange=${() => onSelect(all ? new Set() : new Set(rows.map(rowKey)))} />
          </span>`}
        ${columns.map((column) => html`
          <span key=${column.id} role="columnheader" title=${column.title ?? column.label}
            class=${names({ right: column.align === "right" }, "grid-cell")}>
            ${column.header ?? column.label}
            <span class="grid-grip" aria-hidden="true" onPointerDown=${(event) => drag(event, column)}></span>
          </span>`)}
      </div>
    </div>`;
}

function Row({ props, row, id, style, rowHeight, index, top, activeColumn, setActive }) {
  const { columns, rowKey, selected, onSelect, onOpen, editing, rowClass } = props;
  const key = rowKey(row, index);
  const isSelected = Boolean(selected?.has(key));
  const toggle = () => onSelect(toggled(selected, key));
  return html`
    <div role="row" aria-rowindex=${index + 2} aria-selected=${onSelect ? String(isSelected) : undefined}
      class=${names("grid-row", { active: activeColumn >= 0, selected: isSelected }, rowClass?.(row) ?? "")}
      style=${{ ...style, height: `${rowHeight}px`, top: `${top}px` }}>
      ${onSelect && html`
        <span role="gridcell" class="grid-check">
          <input type="checkbox" tabindex="-1" checked=${isSelected} onChange=${toggle}
            aria-label=${props.selectLabel} />
        </span>`}
      ${columns.map((column, at) => {
        const edited = editing && editing.row === index && editing.column === at;
        return html`
          <span key=${column.id} role="gridcell" id=${`${id}-${index}-${at}`}
            class=${names("grid-cell", { right: column.align === "right", cursor: at === activeColumn, edited },
              column.cellClass?.(row) ?? "")}
            onMouseDown=${() => setActive(index, at)}
            onClick=${() => props.onClick?.(row, index, at)}
            onDblClick=${() => onOpen?.(row, index, at)}>
            ${edited ? editing.element : shortened(column.cell(row, index))}
          </span>`;
      })}
    </div>`;
}

/** A selection with a row's key added, or taken out. */
function toggled(selected, key) {
  const next = new Set(selected);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** A text that ends with an ellipsis where its cell does; elements see to that themselves. */
const shortened = (content) => (typeof content === "string" && content ? html`<span title=${content}>${content}</span>` : content);

function onKeyDown(event, props, active, setActive, view, rowHeight) {
  if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
  const { rows, columns, rowKey, onOpen, onSelect, selected } = props;
  const page = Math.max(1, Math.floor(view.height / rowHeight) - 2);
  const moves = {
    ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
    PageDown: [page, 0], PageUp: [-page, 0],
  };
  const { row, column } = active;
  const modified = event.ctrlKey || event.metaKey;
  if (event.key in moves && !event.altKey && !modified) {
    setActive(row + moves[event.key][0], column + moves[event.key][1]);
  } else if (event.key === "Home") setActive(modified ? 0 : row, 0);
  else if (event.key === "End") setActive(modified ? rows.length - 1 : row, columns.length - 1);
  else if (event.key === "Enter" && rows[row] !== undefined && onOpen) onOpen(rows[row], row, column);
  else if (event.key === " " && onSelect && rows[row] !== undefined) {
    onSelect(toggled(selected, rowKey(rows[row], row)));
  } else if (!props.onKey?.(event, rows[row], row, column)) return;
  event.preventDefault();
  event.stopPropagation();
}
