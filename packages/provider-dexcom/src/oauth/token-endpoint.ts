import { type Call, type Clock, type Credentials, instantOfMs, type ProviderError } from "@bg-ingest/core";
import { err, errAsync, fromThrowable, ok, type Result, ResultAsync } from "neverthrow";
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  ClientSecretPost,
  customFetch,
  nopkce,
  refreshTokenGrantRequest,
  type TokenEndpointRequestOptions,
} from "oauth4webapi";
import { isOnThisMachine, parseApiAddress } from "../api/regions.ts";
import { wireToken, wireTokenError } from "../api/wire-schema.ts";
import { authorizationServer, type OAuthConfig } from "./authorization-server.ts";
import type { DexcomCredentials } from "./dexcom-credentials.ts";
import { type AskedFor, mapTokenAnswer, mapTokenSilence, placeOf } from "./map-token-error.ts";

/** What a token answer gives, as it is stored. */
interface Granted extends Credentials {
  readonly value: DexcomCredentials;
}

export interface TokenEndpoint {
  /** `answer`: what `readCallback` let pass. */
  exchange(answer: URLSearchParams, codeVerifier: string | null, call: Call): ResultAsync<Granted, ProviderError>;
  /** Asks where the grant was given. */
  refresh(held: DexcomCredentials, call: Call): ResultAsync<Granted, ProviderError>;
}

export function createTokenEndpoint(
  config: OAuthConfig,
  deps: { readonly fetch: typeof fetch; readonly clock: Pick<Clock, "nowMs"> },
): TokenEndpoint {
  const client = { client_id: config.clientId };
  const authentication = ClientSecretPost(config.clientSecret);
  const settingsUrl = config.apiBaseUrl.baseUrl;
  const ask = (asked: AskedFor, held: Held, send: () => Promise<Response>): ResultAsync<Granted, ProviderError> => {
    const sentAtMs = deps.clock.nowMs();
    return ResultAsync.fromPromise(answerOf(send), (cause) => mapTokenSilence(cause, asked)).andThen(
      ({ response, text }): Result<Granted, ProviderError> => {
        const granted = response.ok ? readGranted(text, held, sentAtMs) : null;
        return granted === null ? err(mapTokenAnswer(response, errorWord(text), asked, settingsUrl, deps.clock.nowMs())) : ok(granted);
      },
    );
  };
  return {
    exchange(answer, codeVerifier, { signal }) {
      const server = authorizationServer(settingsUrl, config.oauthVersion);
      const options = optionsFor(settingsUrl, deps.fetch, signal);
      return ask({ kind: "exchange" }, { baseUrl: settingsUrl, refreshToken: null }, () =>
        authorizationCodeGrantRequest(server, client, authentication, answer, config.redirectUri, codeVerifier ?? nopkce, options),
      );
    },
    refresh({ baseUrl, refreshToken }, { signal }) {
      if (!mayKnowSecret(baseUrl, settingsUrl)) return errAsync(elsewhere(baseUrl));
      const server = authorizationServer(baseUrl, config.oauthVersion);
      const options = optionsFor(baseUrl, deps.fetch, signal);
      return ask({ kind: "refresh", baseUrl }, { baseUrl, refreshToken }, () =>
        refreshTokenGrantRequest(server, client, authentication, refreshToken, options),
      );
    },
  };
}

/** The client secret goes where the settings say, and to Dexcom itself; not to whatever address an old connection was made at. */
function mayKnowSecret(baseUrl: string, settingsUrl: string): boolean {
  return baseUrl === settingsUrl || (parseApiAddress(baseUrl)?.region ?? null) !== null;
}

function elsewhere(baseUrl: string): ProviderError {
  const place = placeOf(baseUrl);
  return {
    kind: "stop",
    message: `This connection was made at ${place}, which is none of Dexcom's addresses nor that of the settings: the client secret is not sent there. Set DEXCOM_API_BASE_URL back, or connect again.`,
  };
}

/** What stays as it is where an answer does not say otherwise. */
type Held = Pick<DexcomCredentials, "baseUrl"> & { readonly refreshToken: string | null };

function optionsFor(baseUrl: string, fetch: typeof globalThis.fetch, signal: AbortSignal): TokenEndpointRequestOptions {
  return {
    signal,
    [customFetch]: (url, request) => fetch(url, request),
    [allowInsecureRequests]: isOnThisMachine(new URL(baseUrl)),
  };
}

/** The one line that awaits Dexcom for tokens. */
async function answerOf(send: () => Promise<Response>): Promise<{ response: Response; text: string }> {
  const response = await send();
  return { response, text: await response.text() };
}

/** `null`: there is no token in it. Counted from the sending on, so that a slow answer does not lengthen a token's life. */
function readGranted(text: string, held: Held, sentAtMs: number): Granted | null {
  const parsed = wireToken.safeParse(parseJson(text).unwrapOr(undefined));
  if (!parsed.success) return null;
  const { access_token: accessToken, refresh_token, expires_in: lifeSeconds } = parsed.data;
  const refreshToken = refresh_token ?? held.refreshToken;
  if (refreshToken === null) return null;
  const expiresAt = lifeSeconds ? instantOfMs(sentAtMs + lifeSeconds * 1000).unwrapOr(null) : null;
  return { value: { baseUrl: held.baseUrl, accessToken, refreshToken }, expiresAt };
}

function errorWord(text: string): string | null {
  const parsed = wireTokenError.safeParse(parseJson(text).unwrapOr(undefined));
  return parsed.success ? parsed.data.error : null;
}

const parseJson = fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => undefined,
);
