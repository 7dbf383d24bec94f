// A time as people say it, and in full on hover.
import { exact, relative } from "../app/text.js";
import { html } from "./view.js";

export const Time = ({ seconds, ...rest }) => html`<time ...${rest} title=${exact(seconds)}>${relative(seconds)}</time>`;
