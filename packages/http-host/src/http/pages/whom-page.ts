import type { Answer } from "../answer.ts";
import { html } from "./html.ts";
import { pageAnswer } from "./page.ts";

/** Asks whose connections are meant. It works without a script. */
export function whomPage(): Answer {
  const body = html`<main>
<h1>Whose connections?</h1>
<form class="card" method="get" action="/connect">
<p class="field"><label for="user">The person, as your application names them</label>
<input id="user" name="user" type="text" autocomplete="off" spellcheck="false" autocapitalize="none" required maxlength="128"></p>
<p class="actions"><button type="submit">Show</button></p>
</form>
<p class="quiet">Whoever is not known yet can be connected there. No basis for treatment decisions. <a href="/docs">The API</a></p>
</main>`;
  return pageAnswer({ title: "Whose connections?", body, hasForm: true });
}
