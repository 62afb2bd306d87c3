import { err, ok, type Result } from "neverthrow";
import { type Answer, jsonAnswer, type SimulatorRequest } from "../answer.ts";
import { uuidOf } from "../chance.ts";
import type { VendorRules } from "../vendor-rules.ts";
import { readOnce } from "./form-fields.ts";
import type { Grants, TokenPair } from "./grants.ts";
import type { RegisteredClient } from "./registered-client.ts";

export interface TokenDeps {
  readonly clients: readonly RegisteredClient[];
  readonly grants: Grants;
  readonly rules: VendorRules;
}

interface TokenRefused {
  readonly status: 400 | 401;
  /** `null`: it is said in no RFC form. */
  readonly error: "invalid_client" | "invalid_grant" | "invalid_request" | "unsupported_grant_type" | null;
}

/** A code or a refresh token becomes a new pair of tokens. The client shows its secret in the form, and nowhere else. */
export function answerToken(request: SimulatorRequest, deps: TokenDeps): Answer {
  return newPair(request, deps).match(
    (pair) => jsonAnswer(200, tokenBody(pair, deps.rules), { pragma: "no-cache" }),
    ({ status, error }) => jsonAnswer(status, error === null ? { message: "Invalid token" } : { error }),
  );
}

function newPair(request: SimulatorRequest, deps: TokenDeps): Result<TokenPair, TokenRefused> {
  if (request.headers["authorization"] !== undefined) return err({ status: 401, error: "invalid_client" });
  const isForm = /^application\/x-www-form-urlencoded(?:;|$)/i.test(request.headers["content-type"] ?? "");
  const fields = readOnce(new URLSearchParams(request.body));
  if (!isForm || fields.isErr() || request.url.search !== "") return err({ status: 400, error: "invalid_request" });
  const form = fields.value;
  const client = deps.clients.find(({ clientId }) => clientId === form.get("client_id"));
  if (client === undefined || client.clientSecret !== form.get("client_secret")) return err({ status: 400, error: "invalid_client" });
  if (form.has("code_verifier") && deps.rules.pkce === "refused") return err({ status: 400, error: "invalid_request" });
  return grantedPair(form, client.clientId, deps);
}

function grantedPair(form: ReadonlyMap<string, string>, clientId: string, { grants, rules }: TokenDeps): Result<TokenPair, TokenRefused> {
  const field = (name: string) => form.get(name) ?? "";
  switch (form.get("grant_type")) {
    case "authorization_code":
      if (field("code") === "" || field("redirect_uri") === "") return err({ status: 400, error: "invalid_request" });
      return orRefused(grants.exchange(field("code"), clientId, field("redirect_uri")), "invalid_grant");
    case "refresh_token":
      if (field("refresh_token") === "") return err({ status: 400, error: "invalid_request" });
      return orRefused(grants.refresh(field("refresh_token"), clientId), rules.endedGrants === "in_no_form" ? null : "invalid_grant");
    case undefined:
      return err({ status: 400, error: "invalid_request" });
    default:
      return err({ status: 400, error: "unsupported_grant_type" });
  }
}

function orRefused(pair: TokenPair | null, error: TokenRefused["error"]): Result<TokenPair, TokenRefused> {
  return pair === null ? err({ status: 400, error }) : ok(pair);
}

/** With members that no documentation promises. */
function tokenBody({ accessToken, refreshToken }: TokenPair, rules: VendorRules) {
  return {
    access_token: accessToken,
    expires_in: rules.accessTokenLifeSeconds,
    refresh_expires_in: rules.refreshTokenLifeSeconds,
    refresh_token: refreshToken,
    token_type: "Bearer",
    "not-before-policy": 0,
    session_state: uuidOf(0, Number.parseInt(accessToken.slice(0, 8), 16)),
    scope: "offline_access",
    issued_by: { service: "uam", node: 3 },
  };
}
