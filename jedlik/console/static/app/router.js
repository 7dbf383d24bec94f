// The address holds the whole state: its path says which view, its query what the view shows.
import { useLayoutEffect, useState } from "../ui/view.js";

const ROOT = "/console";
const listeners = new Set();

/** A part of an address as text; one that no encoder made, as it stands. */
export function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address as { parts, params }: path segments below /console, decoded, and the query. */
export function place(location = window.location) {
  const path = location.pathname.slice(ROOT.length);
  return {
    parts: path.split("/").filter(Boolean).map(decoded),
    params: new URLSearchParams(location.search),
  };
}

/** An address of the console from path segments and parameters; empty parameters are left out. */
export function address(parts, params = {}) {
  const query = new URLSearchParams();
  const entries = params instanceof URLSearchParams ? params.entries() : Object.entries(params);
  for (const [name, value] of entries) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null && each !== "" && each !== false) {
        query.append(name, each === true ? "1" : String(each));
      }
    }
  }
  const text = query.toString();
  const path = parts.map((part) => `/${encodeURIComponent(part)}`).join("");
  return `${ROOT}${path}${text && `?${text}`}`;
}

/** Goes to an address; `replace` where it is the same place seen otherwise, not a step back. */
export function go(target, { replace = false } = {}) {
  if (target === window.location.pathname + window.location.search) {
    for (const listener of listeners) listener();
    return;
  }
  window.history[replace ? "replaceState" : "pushState"](null, "", target);
  for (const listener of listeners) listener();
}

/** Changes some parameters of the address that is shown. */
export function setParams(changes, options = { replace: true }) {
  const { parts, params } = place();
  const all = {};
  for (const name of params.keys()) all[name] = params.getAll(name);
  go(address(parts, { ...all, ...changes }), options);
}

/** The address, of which a component is rendered again when it changes. */
export function usePlace() {
  const [at, setAt] = useState(place);
  useLayoutEffect(() => {
    const listener = () => setAt(place());
    listeners.add(listener);
    window.addEventListener("popstate", listener);
    return () => {
      listeners.delete(listener);
      window.removeEventListener("popstate", listener);
    };
  }, []);
  return at;
}

/** Links go through the router unless the browser is asked to do something of its own. */
export function followLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const own = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || own || event.defaultPrevented || link.hasAttribute("download")) return;
    const target = new URL(link.href, window.location);
    if (target.origin !== window.location.origin || !target.pathname.startsWith(ROOT)) return;
    event.preventDefault();
    go(target.pathname + target.search);
  });
}

/** The address of a table's tab. */
export const tableAddress = (name, tab = "items", params = {}) => address(["t", name, tab], params);
