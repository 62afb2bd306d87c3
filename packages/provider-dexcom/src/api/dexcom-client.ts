import type { Call, Clock, ProviderError } from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result, ResultAsync } from "neverthrow";
import type { z } from "zod";
import { mapDataAnswer, mapSilence } from "./map-data-error.ts";

/** Where somebody's data are, and what opens them. */
interface Access {
  readonly baseUrl: string;
  readonly accessToken: string;
}

/** Asks for data; every failure is one of the three instructions. */
export interface DexcomClient {
  /** The text of a successful answer. `path`: below `/v3/users/self`. */
  get(access: Access, path: string, query: Readonly<Record<string, string>>, call: Call): ResultAsync<string, ProviderError>;
}

export function createDexcomClient(fetch: typeof globalThis.fetch, clock: Pick<Clock, "nowMs">): DexcomClient {
  return {
    get({ baseUrl, accessToken }, path, query, { signal }) {
      const url = new URL(`${baseUrl}/v3/users/self${path}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const headers = { accept: "application/json", authorization: `Bearer ${accessToken}` };
      return ResultAsync.fromPromise(answerOf(fetch, url, { headers, signal, redirect: "manual" }), mapSilence).andThen(
        ({ response, text }) => (response.ok ? ok(text) : err(mapDataAnswer(response, text, accessToken, clock.nowMs()))),
      );
    },
  };
}

/** The one line that awaits Dexcom for data. */
async function answerOf(fetch: typeof globalThis.fetch, url: URL, request: RequestInit): Promise<{ response: Response; text: string }> {
  const response = await fetch(url.href, request);
  return { response, text: await response.text() };
}

/** An answer of another form than documented is `stop`. Nothing of it is quoted: it may hold readings. */
export function parseAnswer<T extends z.ZodType>(text: string, schema: T): Result<z.output<T>, ProviderError> {
  return parseJson(text).andThen((json): Result<z.output<T>, ProviderError> => {
    const parsed = schema.safeParse(json);
    return parsed.success ? ok(parsed.data) : err(unreadable("it has not the documented form"));
  });
}

const parseJson = fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => unreadable("it is not JSON"),
);

export function unreadable(why: string): ProviderError {
  return { kind: "stop", message: `Dexcom's answer cannot be read: ${why}. Nothing of it is stored; a narrower window may do.` };
}
