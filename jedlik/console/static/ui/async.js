// What is waited for: a value, an error, or after 300 ms the word that it is coming.
import { begin } from "./readiness.js";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "./view.js";

export const SLOW_MS = 300;

/** { value, error, slow, reload } of a promise that `load(signal)` makes whenever `inputs` change.
 *  The value stays while it is loaded again. */
export function useAsync(load, inputs) {
  const [state, setState] = useState({ value: undefined, error: null, slow: false });
  const [turn, setTurn] = useState(0);
  useLayoutEffect(() => { // at once, so that a page which waits for this is never called ready
    const giveUp = new AbortController();
    const end = begin();
    const timer = setTimeout(() => setState((old) => ({ ...old, slow: true })), SLOW_MS);
    const settle = (result) => {
      if (giveUp.signal.aborted) return;
      clearTimeout(timer);
      setState(result);
      end();
    };
    Promise.resolve().then(() => load(giveUp.signal)).then(
      (value) => settle({ value, error: null, slow: false }),
      (error) => settle({ value: undefined, error, slow: false }),
    );
    return () => {
      clearTimeout(timer);
      giveUp.abort();
      end();
    };
  }, [...inputs, turn]);
  const reload = useCallback(() => setTurn((old) => old + 1), []);
  return { ...state, reload };
}

/** Calls `work` every `ms` while the page is in sight; the next call waits for the last one. */
export function useInterval(work, ms, inputs = []) {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (!ms) return undefined;
    let timer;
    let over = false;
    const tick = async () => {
      if (!document.hidden) {
        try {
          await latest.current();
        } catch {
          // What failed is shown where it is used; the next turn may do better.
        }
      }
      if (!over) timer = setTimeout(tick, ms);
    };
    timer = setTimeout(tick, ms);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [ms, ...inputs]);
}

/** Resolves after so many milliseconds. */
export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Runs `work` over `items`, so many at a time; results in their order. */
export async function inParallel(items, width, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at], at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
