// Pages of a Query or Scan, the next one when it is wanted; a parallel Scan reads its segments side
// by side.
import { useCallback, useLayoutEffect, useRef, useState } from "../../ui/view.js";
import { SLOW_MS } from "../../ui/async.js";
import { begin } from "../../ui/readiness.js";
import { unitsOf } from "../../ui/calls.js";
import { dynamodb } from "../../api/client.js";

const ENOUGH = 50; // items of one turn: a filter may keep few of a page
const MOST_PAGES = 8; // pages of one turn at most; then the reader says whether to go on
const EMPTY = { items: [], scanned: 0, pages: 0, units: 0, ms: 0, done: false, error: null, busy: false, slow: false };

/** { items, scanned, pages, units, ms, done, error, busy, slow, more, reload, replace }; `ask` null
 *  reads nothing. */
export function usePages(ask, segments = 1) {
  const [state, setState] = useState(EMPTY);
  const run = useRef(null);
  const text = ask && JSON.stringify([ask, segments]);

  const more = useCallback(async () => {
    const current = run.current;
    if (!current || current.busy || current.open.length === 0) return;
    current.busy = true;
    const end = begin();
    setState((old) => ({ ...old, busy: true, error: null }));
    const timer = setTimeout(() => !current.over && setState((old) => ({ ...old, slow: true })), SLOW_MS);
    let error = null;
    try {
      await turn(current, (change) => !current.over && setState((old) => change(old)));
    } catch (failed) {
      if (failed.name !== "AbortError") error = failed;
    }
    clearTimeout(timer);
    current.busy = false;
    if (!current.over) {
      setState((old) => ({ ...old, busy: false, slow: false, error, done: current.open.length === 0 }));
    }
    end();
  }, []);

  const start = useCallback(() => {
    if (run.current) {
      run.current.over = true;
      run.current.abort.abort();
    }
    run.current = ask && {
      ask, segments, over: false, busy: false, abort: new AbortController(),
      open: Array.from({ length: segments }, (_, segment) => ({ segment, after: undefined })),
    };
    setState((old) => ({ ...EMPTY, items: old.ask === text ? old.items : [], ask: text, busy: Boolean(ask) }));
    more();
  }, [text]);

  useLayoutEffect(() => {
    start();
    return () => run.current && (run.current.over = true);
  }, [start]);

  const replace = useCallback((change) => setState((old) => ({ ...old, items: change(old.items) })), []);
  return { ...state, more, reload: start, replace };
}

async function turn(current, tell) {
  let kept = 0;
  for (let page = 0; page < MOST_PAGES && kept < ENOUGH && current.open.length && !current.over; page += 1) {
    const began = performance.now();
    const answers = await Promise.all(current.open.map((segment) => readPage(current, segment)));
    current.open = current.open.filter((segment) => segment.after !== undefined);
    const items = answers.flatMap((answer) => answer.Items);
    kept += items.length;
    const ms = performance.now() - began;
    tell((old) => ({
      ...old,
      items: old.pages ? [...old.items, ...items] : items,
      scanned: old.scanned + answers.reduce((sum, answer) => sum + answer.ScannedCount, 0),
      pages: old.pages + answers.length,
      units: old.units + answers.reduce((sum, answer) => sum + (unitsOf(answer) ?? 0), 0),
      ms: old.ms + ms,
      done: current.open.length === 0,
    }));
  }
}

async function readPage(current, segment) {
  const { operation, input } = current.ask;
  const parts = current.segments > 1 ? { Segment: segment.segment, TotalSegments: current.segments } : {};
  const { output } = await dynamodb(
    operation, { ...input, ...parts, ExclusiveStartKey: segment.after }, { signal: current.abort.signal });
  segment.after = output.LastEvaluatedKey;
  return output;
}

/** All items of a request, page by page; `report(count)` after each. Ends early when aborted. */
export async function readAll(ask, signal, report) {
  const items = [];
  let after;
  do {
    const { output } = await dynamodb(ask.operation, { ...ask.input, Limit: undefined, ExclusiveStartKey: after }, { signal });
    items.push(...output.Items);
    report(items.length);
    after = output.LastEvaluatedKey;
  } while (after);
  return items;
}
