// Who signs. On a server that takes any credentials nobody does; else the user's keys, which stay
// in this tab's sessionStorage and are gone with it.
import { facts } from "../app/facts.js";

const KEY = "jedlik.console.credentials";
const listeners = new Set();

/** { accessKeyId, secretAccessKey, sessionToken }, or null. */
export function credentials() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

export function signIn(given) {
  sessionStorage.setItem(KEY, JSON.stringify(given));
  for (const listener of listeners) listener();
}

export function signOut() {
  sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

export function onSigning(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether calls would be refused because nobody signs them. */
export const mustSignIn = () => facts.signed && credentials() === null;

/** Browsers do cryptography only for pages that came safely: over TLS, or from this machine. */
export const canSign = () => window.isSecureContext && Boolean(crypto.subtle);

/** The region that is signed for: the user's choice in this tab, or the server's own. */
export function region() {
  return sessionStorage.getItem("jedlik.console.region") ?? facts.region;
}

export function setRegion(name) {
  sessionStorage.setItem("jedlik.console.region", name);
}
