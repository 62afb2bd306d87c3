import type { Call, Clock, Credentials, Grant, OAuthCapability, ProviderError } from "@bg-ingest/core";
import { errAsync, ok, type ResultAsync } from "neverthrow";
import { type DexcomClient, parseAnswer } from "../api/dexcom-client.ts";
import { wireDataRange } from "../api/wire-schema.ts";
import { authorizationServer, type OAuthConfig } from "./authorization-server.ts";
import { readCallback } from "./callback.ts";
import { type DexcomCredentials, readCredentials } from "./dexcom-credentials.ts";
import { createTokenEndpoint } from "./token-endpoint.ts";

export interface OAuthDeps {
  readonly fetch: typeof fetch;
  readonly clock: Pick<Clock, "nowMs">;
  readonly client: DexcomClient;
}

export function createOAuth(config: OAuthConfig, deps: OAuthDeps): OAuthCapability {
  const tokens = createTokenEndpoint(config, deps);
  const server = authorizationServer(config.apiBaseUrl.baseUrl, config.oauthVersion);
  return {
    // Neither Dexcom's OpenAPI file nor its authentication page knows of it.
    pkce: false,
    authorizationUrl({ state }) {
      const url = new URL(server.authorization_endpoint);
      url.searchParams.set("client_id", config.clientId);
      url.searchParams.set("redirect_uri", config.redirectUri);
      url.searchParams.set("response_type", "code");
      url.searchParams.set("scope", "offline_access");
      url.searchParams.set("state", state);
      return ok(url);
    },
    exchangeCode: ({ callbackUrl, state, codeVerifier }, call) =>
      readCallback(server, { client_id: config.clientId }, callbackUrl, state)
        .asyncAndThen((answer) => tokens.exchange(answer, codeVerifier, call))
        .andThen((credentials) => accountOf(deps.client, credentials.value, call).map((accountId): Grant => ({ credentials, accountId }))),
    refresh: (credentials, call) =>
      readCredentials(credentials)
        .asyncAndThen((held) => tokens.refresh(held, call))
        .map((granted): Credentials => granted),
  };
}

/**
 * Tokens do not say whose they are; any answer with data does. Without it a person could reconnect as somebody else unnoticed, so
 * connecting fails if Dexcom does not answer, asked twice where that may help.
 */
function accountOf(client: DexcomClient, access: DexcomCredentials, call: Call): ResultAsync<string | null, ProviderError> {
  const ask = () => client.get(access, "/dataRange", {}, call).andThen((text) => parseAnswer(text, wireDataRange));
  return ask()
    .orElse((error) => (isWorthAskingAgain(error) ? ask() : errAsync(error)))
    .map(({ userId }) => userId || null)
    .mapErr((error) => ({ ...error, message: `${WHOSE} (${error.message})` }));
}

function isWorthAskingAgain(error: ProviderError): boolean {
  switch (error.kind) {
    case "retry":
      return error.retryAfterMs === undefined;
    case "stop":
      return true;
    case "reconnect":
      return false;
  }
}

const WHOSE = "Nothing was connected: Dexcom granted access and did not say whose data these are. Begin connecting again.";
