import type { LoginField } from "@bg-ingest/core";
import { type Html, html } from "./html.ts";
import type { ShownProvider } from "./shown-provider.ts";

/** What can be done with a provider now. */
export function connectControls(provider: ShownProvider): Html {
  const { name, displayName, connection } = provider;
  const isLiving = connection !== null && connection.state !== "disconnected" && connection.state !== "connecting";
  const label = connection === null ? "Connect" : "Connect again";
  const ways = waysToConnect(provider, label);
  if (!isLiving) return ways;
  const isOpen = connection.state === "needs_reconnect";
  const isAsked = !isOpen && isLoaded(provider);
  return html`<p class="actions">
${isAsked ? html`<button type="button" id="poll-${name}" data-action="poll">Poll now<span class="hidden">: ${displayName}</span></button>` : null}
<button type="button" id="disconnect-${name}" data-action="disconnect" data-question="Disconnect ${displayName}? The readings stay.">Disconnect<span class="hidden">: ${displayName}</span></button>
</p>
${isOpen ? ways : html`<details><summary id="again-${name}">Connect again</summary>${ways}</details>`}`;
}

function isLoaded({ hasConsent, loginFields }: ShownProvider): boolean {
  return hasConsent || loginFields !== null;
}

function waysToConnect(provider: ShownProvider, label: string): Html {
  const { name, displayName, hasConsent, loginFields } = provider;
  if (!isLoaded(provider)) return html`<p>This provider is not loaded, so it cannot be connected from here.</p>`;
  return html`${
    hasConsent
      ? html`<p class="actions"><button type="button" id="consent-${name}" data-action="consent">${label} at ${displayName}</button></p>`
      : null
  }${hasConsent && loginFields !== null ? html`<p class="quiet">or</p>` : null}${loginFields === null ? null : loginForm(name, loginFields, label)}`;
}

/** Sent by the script alone, as the body of a POST: what is typed never stands in an address. */
function loginForm(name: string, fields: readonly LoginField[], label: string): Html {
  return html`<form method="post" data-action="login">
${fields.map((field, place) => formField(field, `${name}-${place}`))}
<p class="actions"><button type="submit" id="login-${name}">${label}</button></p>
</form>`;
}

function formField({ name, label, secret, isOptional }: LoginField, id: string): Html {
  const required = isOptional === true ? null : html` required`;
  return html`<p class="field"><label for="field-${id}">${label}</label>
<input id="field-${id}" name="${name}" type="${secret ? "password" : "text"}" autocomplete="off" spellcheck="false"${required}></p>`;
}
