import type { AuthorizationServer } from "oauth4webapi";
import type { DexcomConfig } from "../config-schema.ts";

export type OAuthConfig = Pick<DexcomConfig, "clientId" | "clientSecret" | "redirectUri" | "apiBaseUrl" | "oauthVersion">;

/** Dexcom publishes no metadata and names no issuer: its address stands for one. */
export function authorizationServer(baseUrl: string, version: OAuthConfig["oauthVersion"]) {
  return {
    issuer: baseUrl,
    authorization_endpoint: `${baseUrl}/${version}/oauth2/login`,
    token_endpoint: `${baseUrl}/${version}/oauth2/token`,
  } as const satisfies AuthorizationServer;
}
