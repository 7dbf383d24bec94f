// Keys for this tab: a server that knows its callers is asked nothing without them.
import { html, useState } from "./view.js";
import { canSign, signIn } from "../api/credentials.js";
import { t } from "../app/text.js";
import { TextField } from "./fields.js";

export function SignIn() {
  const [given, setGiven] = useState({ accessKeyId: "", secretAccessKey: "", sessionToken: "" });
  const set = (name) => (value) => setGiven({ ...given, [name]: value.trim() });
  const submit = (event) => {
    event.preventDefault();
    const { sessionToken, ...keys } = given;
    signIn(sessionToken ? given : keys);
  };
  return html`
    <form class="sign-in" onSubmit=${submit}>
      <h1>${t("sign.title")}</h1>
      <p class="muted">${t("sign.text")}</p>
      ${!canSign() && html`<p class="note error" role="alert">${t("sign.insecure")}</p>`}
      <${TextField} label=${t("sign.access_key")} value=${given.accessKeyId} onInput=${set("accessKeyId")} required autofocus />
      <${TextField} label=${t("sign.secret_key")} value=${given.secretAccessKey} onInput=${set("secretAccessKey")} type="password" required />
      <${TextField} label=${t("sign.token")} hint=${t("sign.token_hint")} value=${given.sessionToken} onInput=${set("sessionToken")} type="password" />
      <button class="primary" disabled=${!canSign()}>${t("sign.in")}</button>
    </form>`;
}
