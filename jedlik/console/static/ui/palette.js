// The command palette: Ctrl-K, some letters, Enter.
import { t } from "../app/text.js";
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./view.js";

const MOST = 60;

/** How well letters match a text: the sum of gaps between them, or -1 if they do not. */
export function distance(letters, text) {
  const wanted = letters.toLowerCase();
  const within = text.toLowerCase();
  const at = within.indexOf(wanted);
  if (at >= 0) return at === 0 || within[at - 1] === " " ? 0 : 1;
  let position = -1;
  let gaps = 2;
  for (const letter of wanted) {
    const next = within.indexOf(letter, position + 1);
    if (next < 0) return -1;
    if (position >= 0) gaps += next - position - 1;
    position = next;
  }
  return gaps;
}

/** `commands` are { label, hint, run }; `onClose` is called when the palette is left. */
export function Palette({ commands, onClose }) {
  const dialog = useRef(null);
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  useLayoutEffect(() => dialog.current.showModal(), []); // typing goes on in its field at once
  const found = useMemo(() => commands
    .map((command) => ({ command, gaps: text ? distance(text, `${command.label} ${command.hint ?? ""}`) : 0 }))
    .filter(({ gaps }) => gaps >= 0)
    .sort((a, b) => a.gaps - b.gaps)
    .slice(0, MOST)
    .map(({ command }) => command), [commands, text]);
  const run = (command) => {
    dialog.current.close(); // gives the focus back
    onClose();
    command?.run();
  };
  const onKeyDown = (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      setActive((old) => Math.max(0, Math.min(found.length - 1, old + moves[event.key])));
    } else if (event.key === "Enter") run(found[active]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    dialog.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, found]);
  return html`
    <dialog class="palette" ref=${dialog} aria-label=${t("palette.title")} onClose=${onClose}
      onClick=${(event) => event.target === dialog.current && onClose()}>
      <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label=${t("palette.title")}
        aria-activedescendant=${found.length ? `palette-${active}` : undefined}
        placeholder=${t("palette.placeholder")} autocomplete="off" spellcheck=${false} autofocus
        value=${text} onInput=${(event) => { setText(event.target.value); setActive(0); }} onKeyDown=${onKeyDown} />
      <ul id="palette-list" role="listbox" aria-label=${t("palette.title")}>
        ${found.map((command, at) => html`
          <li key=${command.label + command.hint} id=${`palette-${at}`} role="option" aria-selected=${String(at === active)}
            onMouseMove=${() => setActive(at)} onClick=${() => run(command)}>
            <span>${command.label}</span><span class="muted">${command.hint}</span>
          </li>`)}
      </ul>
    </dialog>`;
}
