// Whether the page has what it was asked for: `data-state` of the root is "reading" while anything
// that a view needs is on its way, and "ready" once that is drawn and its keys are heard.
const root = document.documentElement;
let reading = 0;

/** Something is on its way. The function returned says, once, that it has come or is not wanted. */
export function begin() {
  reading += 1;
  root.dataset.state = "reading";
  let over = false;
  return () => {
    if (over) return;
    over = true;
    // What has come is drawn in a microtask, and what the drawn view asks for has then begun.
    setTimeout(() => {
      reading -= 1;
      if (reading === 0) root.dataset.state = "ready";
    });
  };
}
