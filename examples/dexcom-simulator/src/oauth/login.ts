import type { Answer, SimulatorRequest } from "../answer.ts";
import { html, pageAnswer } from "../html.ts";
import type { SimulatedUser } from "../people/simulated-user.ts";
import type { VendorRules } from "../vendor-rules.ts";
import { type AuthorizationRefused, callbackUrl, parseAuthorizationRequest } from "./authorization-request.ts";
import type { Grants } from "./grants.ts";
import type { RegisteredClient } from "./registered-client.ts";

export interface LoginDeps {
  readonly users: readonly SimulatedUser[];
  readonly clients: readonly RegisteredClient[];
  readonly grants: Grants;
  readonly rules: VendorRules;
}

/** What the page's own form adds to the request. */
const USER = "simulator_user";
const DECISION = "simulator_decision";

/** The page where a person signs in by choosing a name, and allows or denies. */
export function answerLoginPage({ url }: SimulatorRequest, deps: LoginDeps): Answer {
  return parseAuthorizationRequest(url.searchParams, deps.clients, deps.rules).match(
    ({ clientId, redirectUri }) => {
      const hidden = [...url.searchParams].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
      const form = html`<p>The application <strong>${clientId}</strong> asks to read glucose readings. Nobody here is real, and there are no passwords.</p>
<form method="post" action="${url.pathname}">
${hidden}
<fieldset>
<legend>Who are you?</legend>
${deps.users.map((user, index) => userChoice(user, index === 0))}
</fieldset>
<button type="submit" name="${DECISION}" value="allow">Allow</button>
<button type="submit" name="${DECISION}" value="deny">Deny</button>
</form>`;
      return pageAnswer(200, "Allow access to your data?", form, new URL(redirectUri).origin);
    },
    (refused) => refusedAnswer(refused),
  );
}

function userChoice({ name, about }: SimulatedUser, isFirst: boolean) {
  const checked = isFirst ? html` checked` : html``;
  return html`<label><input type="radio" name="${USER}" value="${name}" required${checked}> <strong>${name}</strong>: ${about}</label>`;
}

/** The form of that page, sent. Everything is checked again: a form can be altered. */
export function answerConsent(request: SimulatorRequest, deps: LoginDeps): Answer {
  const form = new URLSearchParams(request.body);
  const authorization = parseAuthorizationRequest(form, deps.clients, deps.rules);
  if (authorization.isErr()) return refusedAnswer(authorization.error);
  const asked = authorization.value;
  if (form.get(DECISION) === "deny") return redirect(callbackUrl(asked, { error: "access_denied" }));
  const user = deps.users.find(({ name }) => name === form.get(USER));
  if (user === undefined || form.get(DECISION) !== "allow") {
    return refusedAnswer({ kind: "page", message: "Choose a person of the list, and allow or deny." });
  }
  return redirect(callbackUrl(asked, { code: deps.grants.code(user.name, asked.clientId, asked.redirectUri) }));
}

/** The form as a browser would send it for an authorisation URL. */
export function consentForm(authorizationUrl: URL, user: string, decision: "allow" | "deny"): string {
  return new URLSearchParams([...authorizationUrl.searchParams, [USER, user], [DECISION, decision]]).toString();
}

function refusedAnswer(refused: AuthorizationRefused): Answer {
  switch (refused.kind) {
    case "redirect":
      return redirect(refused.location);
    case "page":
      return pageAnswer(400, "This link does not work", html`<p>${refused.message}</p><p>Go back to the application and begin again.</p>`);
  }
}

function redirect(location: URL): Answer {
  return { kind: "answer", status: 303, headers: { location: location.href, "cache-control": "no-store" }, body: "" };
}
