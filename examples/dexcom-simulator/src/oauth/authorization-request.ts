import { err, ok, type Result } from "neverthrow";
import type { VendorRules } from "../vendor-rules.ts";
import { readOnce } from "./form-fields.ts";
import type { RegisteredClient } from "./registered-client.ts";

/** What an application asks of a person. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
}

/** `page`: nobody may be sent to where this request says. `redirect`: the application is told. */
export type AuthorizationRefused =
  | { readonly kind: "page"; readonly message: string }
  | { readonly kind: "redirect"; readonly location: URL };

const UNKNOWN_REDIRECT_URI =
  "This redirect_uri is not registered for the application. It is compared letter by letter. Start the simulator with --redirect-uri and the one that the service sends.";

/** The client and its redirect URI first: before both are known to belong together nobody is redirected. */
export function parseAuthorizationRequest(
  params: URLSearchParams,
  clients: readonly RegisteredClient[],
  rules: VendorRules,
): Result<AuthorizationRequest, AuthorizationRefused> {
  const fields = readOnce(params);
  if (fields.isErr()) return err({ kind: "page", message: `${fields.error} is there more than once.` });
  const field = (name: string) => fields.value.get(name) ?? "";
  const client = clients.find(({ clientId }) => clientId === field("client_id"));
  if (client === undefined) return err({ kind: "page", message: "No application is registered under this client_id." });
  if (!client.redirectUris.includes(field("redirect_uri"))) {
    return err({ kind: "page", message: UNKNOWN_REDIRECT_URI });
  }
  const request = { clientId: client.clientId, redirectUri: field("redirect_uri"), state: field("state") };
  const refusal = whyRefused(field, rules);
  return refusal === null ? ok(request) : err({ kind: "redirect", location: callbackUrl(request, { error: refusal }) });
}

/** Where the browser goes next; whatever the redirect URI's query held stays in it. */
export function callbackUrl(
  { redirectUri, state }: AuthorizationRequest,
  answer: { readonly code: string } | { readonly error: string },
): URL {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state !== "") url.searchParams.set("state", state);
  return url;
}

function whyRefused(field: (name: string) => string, rules: VendorRules): string | null {
  if (field("response_type") !== "code") return "unsupported_response_type";
  if (field("scope") !== "offline_access") return "invalid_scope";
  const isWithPkce = field("code_challenge") !== "" || field("code_challenge_method") !== "";
  return field("state") === "" || (isWithPkce && rules.pkce === "refused") ? "invalid_request" : null;
}
