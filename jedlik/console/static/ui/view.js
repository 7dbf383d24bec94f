// What views are written with: markup, components and hooks, from one place.
import { h } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { render, createContext, Fragment } from "../vendor/preact.js";
export {
  useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer,
  useRef, useState,
} from "../vendor/hooks.js";
export const html = htm.bind(h);

/** Class names that hold, in one text: names({ on: true, off: false }, "always"). */
export function names(...parts) {
  return parts
    .flatMap((part) =>
      typeof part === "string" ? [part] : Object.keys(part ?? {}).filter((name) => part[name]))
    .join(" ");
}
