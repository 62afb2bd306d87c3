import type { Call, Clock, ProviderError } from "@bg-ingest/core";
import { type Result, ResultAsync } from "neverthrow";
import type { LinkUpConfig } from "../config-schema.ts";
import { mapSilence, readAnswer } from "./map-answer.ts";

/** What opens somebody's data. */
export interface Session {
  /** Of the account's region. */
  readonly baseUrl: string;
  readonly token: string;
  /** What the `account-id` header says: the SHA-256 of the user's id. */
  readonly accountId: string;
}

/** Asks LibreLinkUp; every failure is one of the three instructions. Answers the `data` of a good answer. */
export interface LinkUpClient {
  login(baseUrl: string, person: { readonly email: string; readonly password: string }, call: Call): ResultAsync<unknown, ProviderError>;
  get(session: Session, path: string, call: Call): ResultAsync<unknown, ProviderError>;
}

export function createLinkUpClient(
  { appVersion, product }: Pick<LinkUpConfig, "appVersion" | "product">,
  fetch: typeof globalThis.fetch,
  clock: Pick<Clock, "nowMs">,
): LinkUpClient {
  const usual = { accept: "application/json", "cache-control": "no-cache", product, version: appVersion };
  const send = (url: string, asking: "login" | "data", request: RequestInit): ResultAsync<unknown, ProviderError> =>
    // A redirect is not followed: what is sent along is for nobody else.
    ResultAsync.fromPromise(answerOf(fetch, url, { ...request, redirect: "manual" }), mapSilence).andThen(
      ({ response, text }): Result<unknown, ProviderError> => readAnswer(asking, response, text, clock.nowMs()),
    );
  return {
    login: (baseUrl, { email, password }, { signal }) =>
      send(`${baseUrl}/llu/auth/login`, "login", {
        method: "POST",
        headers: { ...usual, "content-type": "application/json" },
        body: JSON.stringify({ email, password }),
        signal,
      }),
    get: ({ baseUrl, token, accountId }, path, { signal }) =>
      send(`${baseUrl}/llu${path}`, "data", {
        headers: { ...usual, authorization: `Bearer ${token}`, "account-id": accountId },
        signal,
      }),
  };
}

/** The one line that awaits LibreLinkUp. */
async function answerOf(fetch: typeof globalThis.fetch, url: string, request: RequestInit): Promise<{ response: Response; text: string }> {
  const response = await fetch(url, request);
  return { response, text: await response.text() };
}
