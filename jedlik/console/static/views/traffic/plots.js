// Small multiples over one axis: the cursor moves in all of them, and what is dragged in one is
// zoomed in all.
import uPlot from "../../vendor/uplot.js";
import { html, useEffect, useRef } from "../../ui/view.js";
import { clock, short, t } from "../../app/text.js";

const HEIGHT = 128;
const SYNC = "traffic";
const COLOURS = 8;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** One plot. `series` is { label: values }; `labelOf(label)` is its text; `dashed` are lines that
 *  limit. */
export function Plot({ title, times, series, unit, labelOf = (label) => label, dashed = [], zoom, onZoom }) {
  const box = useRef(null);
  const plot = useRef(null);
  const labels = Object.keys(series).filter((label) => !dashed.includes(label) || series[label].some((value) => value !== null));
  const shape = labels.join("\n") + colour("--line"); // drawn again where light becomes dark
  useEffect(() => {
    const style = { line: colour("--line"), text: colour("--muted") };
    const axis = { stroke: style.text, grid: { stroke: style.line, width: 1 }, ticks: { stroke: style.line, width: 1 }, font: "11px system-ui" };
    plot.current = new uPlot({
      width: box.current.clientWidth,
      height: HEIGHT,
      cursor: { sync: { key: SYNC }, points: { size: 6 } },
      legend: { show: false },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
      axes: [{ ...axis, size: 32, values: (_plot, splits) => splits.map(clock) }, { ...axis, size: 48, values: (_plot, values) => values.map(short) }],
      series: [{}, ...labels.map((label, at) => {
        const stroke = dashed.includes(label) ? style.text : colour(`--type-${at % COLOURS}`);
        return { label, stroke, width: 1.5, dash: dashed.includes(label) ? [6, 4] : undefined, points: { size: 4 },
          fill: dashed.includes(label) || labels.length > 2 ? undefined : `${stroke}1f` };
      })],
      hooks: {
        setSelect: [(made) => {
          if (made.select.width > 8) onZoom([made.posToVal(made.select.left, "x"), made.posToVal(made.select.left + made.select.width, "x")]);
        }],
      },
    }, [times, ...labels.map((label) => series[label])], box.current);
    const observer = new ResizeObserver(() => plot.current.setSize({ width: box.current.clientWidth, height: HEIGHT }));
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current.setData([times, ...labels.map((label) => series[label])], !zoom), [times, series]);
  useEffect(() => {
    const [min, max] = zoom ?? [times[0], times.at(-1)];
    plot.current.setScale("x", { min, max });
  }, [zoom, times]);
  return html`
    <figure class="plot">
      <figcaption>
        <h2>${title}</h2><span class="muted">${unit}</span>
        <ul class="legend">
          ${labels.map((label, at) => html`
            <li key=${label}><span class=${dashed.includes(label) ? "swatch line" : "swatch"} style=${{ "--colour": dashed.includes(label) ? "var(--muted)" : `var(--type-${at % COLOURS})` }}></span>
              ${labelOf(label)} <span class="number">${last(series[label])}</span></li>`)}
        </ul>
      </figcaption>
      <div ref=${box} class="plot-box" role="img" aria-label=${describe(title, unit, series, labelOf)}></div>
    </figure>`;
}

const last = (values) => {
  const known = values.filter((value) => value !== null);
  return known.length ? short(known.at(-1)) : "–";
};

/** A plot in words, for those who do not see it: the last and the highest value of each line. */
function describe(title, unit, series, labelOf) {
  const lines = Object.entries(series).map(([label, values]) => t("traffic.spoken", {
    label: labelOf(label), last: last(values), most: short(Math.max(0, ...values.filter((value) => value !== null))),
  }));
  return `${title} (${unit}): ${lines.join("; ") || t("traffic.nothing")}`;
}
