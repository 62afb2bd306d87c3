import type { Answer } from "../answer.ts";
import { html } from "./html.ts";
import { pageAnswer } from "./page.ts";

export interface ConnectedPage {
  readonly displayName: string;
  /** Where the person's connections are shown. */
  readonly back: string;
  /** `null`: the provider takes no deliveries. */
  readonly webhook: { readonly url: string; readonly secret: string | null } | null;
}

export function connectedPage({ displayName, back, webhook }: ConnectedPage, headers: Readonly<Record<string, string>>): Answer {
  const body = html`<main>
<h1>Connected</h1>
<p>${displayName} is connected, and its history is being read.</p>
${webhook === null ? null : webhookNote(webhook)}
<p><a class="button" href="${back}">See how it goes</a></p>
</main>`;
  return pageAnswer({ title: "Connected", body }, 200, headers);
}

function webhookNote({ url, secret }: NonNullable<ConnectedPage["webhook"]>) {
  if (secret === null) return html`<p>Deliveries go to <code>${url}</code> as before, signed with the secret of before.</p>`;
  return html`<section class="note" aria-labelledby="deliveries">
<h2 id="deliveries">If the vendor is to deliver readings by itself</h2>
<dl>
<dt>Address</dt><dd><code>${url}</code></dd>
<dt>Secret, shown this once</dt><dd><code>${secret}</code></dd>
</dl>
<p>Without deliveries nothing is missing: the readings are asked for.</p>
</section>`;
}
