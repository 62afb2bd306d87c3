import type { ProviderError } from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result } from "neverthrow";
import { AuthorizationResponseError, type AuthorizationServer, type Client, validateAuthResponse } from "oauth4webapi";

/** What the browser brought back, if it belongs to this attempt and holds a code. */
export function readCallback(
  server: AuthorizationServer,
  client: Client,
  callbackUrl: URL,
  state: string,
): Result<URLSearchParams, ProviderError> {
  const parameters = new URLSearchParams(callbackUrl.searchParams);
  // Dexcom names no issuer that an `iss` could be compared with, and each provider has a callback of its own, so no other server's answer comes here.
  parameters.delete("iss");
  return validated(server, client, parameters, state).andThen((answer) => {
    const [code, ...others] = answer.getAll("code");
    return code && others.length === 0 ? ok(answer) : err(FOREIGN);
  });
}

const validated = fromThrowable(validateAuthResponse, mapCallbackError);

const FOREIGN: ProviderError = {
  kind: "reconnect",
  message: "What came back is not Dexcom's answer to this attempt to connect. Begin connecting again.",
};

function mapCallbackError(cause: unknown): ProviderError {
  if (!(cause instanceof AuthorizationResponseError)) return FOREIGN;
  switch (cause.error) {
    case "access_denied":
      return {
        kind: "reconnect",
        message: "Dexcom was not allowed to share the readings. Nothing was connected; begin again to allow it.",
      };
    case "server_error":
    case "temporarily_unavailable":
      return { kind: "retry", message: "Dexcom's login has trouble of its own. Nothing was connected; begin connecting again in a while." };
    case "invalid_client":
    case "unauthorized_client":
    case "invalid_request":
    case "invalid_scope":
    case "unsupported_response_type":
      return {
        kind: "stop",
        message: `Dexcom's login does not take this application's request (${cause.error}). Check DEXCOM_CLIENT_ID, DEXCOM_REDIRECT_URI, and the region in DEXCOM_API_BASE_URL.`,
      };
    default:
      return { kind: "reconnect", message: "Dexcom's login ended without access. Nothing was connected; begin connecting again." };
  }
}
