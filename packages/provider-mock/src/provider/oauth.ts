import type { Credentials, Grant, OAuthCapability, ProviderError } from "@bg-ingest/core";
import { errAsync, ok, type ResultAsync } from "neverthrow";
import type { z } from "zod";
import { readCredentials } from "./mock-credentials.ts";
import { endpoint, expiresIn, type Vendor } from "./vendor.ts";
import { wireToken } from "./wire-schema.ts";

export interface OAuthOptions {
  readonly redirectUri: string;
  /** Where a browser ends up that opens an authorisation URL: a vendor inside this process has no page to show. */
  readonly consent: (authorizationUrl: URL) => URL;
}

export function createOAuth(vendor: Vendor, options: OAuthOptions): OAuthCapability {
  return {
    pkce: true,
    authorizationUrl({ state, codeChallenge }) {
      const url = endpoint(vendor, "/oauth/authorize");
      url.searchParams.set("client_id", "bg-ingest");
      url.searchParams.set("redirect_uri", options.redirectUri);
      url.searchParams.set("response_type", "code");
      url.searchParams.set("state", state);
      if (codeChallenge !== null) {
        url.searchParams.set("code_challenge", codeChallenge);
        url.searchParams.set("code_challenge_method", "S256");
      }
      return ok(options.consent(url));
    },
    exchangeCode({ callbackUrl, state, codeVerifier }, call) {
      const code = callbackUrl.searchParams.get("code");
      if (callbackUrl.searchParams.get("state") !== state) return refused("The answer belongs to another attempt to connect.");
      if (code === null || callbackUrl.searchParams.has("error")) return refused("The mock vendor was not allowed to share the readings.");
      const form = { grant_type: "authorization_code", code, redirect_uri: options.redirectUri, client_id: "bg-ingest" };
      const proof = codeVerifier === null ? {} : { code_verifier: codeVerifier };
      return vendor.client
        .post(endpoint(vendor, "/oauth/token"), { ...form, ...proof }, wireToken, call)
        .map((token) => toGrant(vendor, token));
    },
    refresh(credentials, call) {
      return readCredentials(credentials).asyncAndThen((read): ResultAsync<Credentials, ProviderError> => {
        if (read.kind !== "oauth") return refused("This connection was not made by consent.");
        const form = { grant_type: "refresh_token", refresh_token: read.refreshToken, client_id: "bg-ingest" };
        return vendor.client
          .post(endpoint(vendor, "/oauth/token"), form, wireToken, call)
          .map((token) => toGrant(vendor, token).credentials);
      });
    },
  };
}

function toGrant(vendor: Vendor, token: z.output<typeof wireToken>): Grant {
  return {
    credentials: {
      value: { kind: "oauth", accessToken: token.access_token, refreshToken: token.refresh_token },
      expiresAt: expiresIn(vendor, token.expires_in),
    },
    accountId: token.account_id ?? null,
  };
}

function refused(why: string): ResultAsync<never, ProviderError> {
  return errAsync({ kind: "reconnect", message: `${why} Connect again.` });
}
