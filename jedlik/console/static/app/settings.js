// What this browser keeps: choices in localStorage, credentials in sessionStorage alone.

const PREFIX = "jedlik.console.";

/** A choice that was made in this browser, or `otherwise`. Storage may be closed to pages. */
export function kept(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A full or closed storage costs a choice and nothing else.
  }
}

/** Sets light or dark for the page; "system" follows the system. */
export function applyTheme(theme = kept("theme", "system")) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
