import type { Call, Clock, ProviderError } from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result, ResultAsync } from "neverthrow";
import type { z } from "zod";
import type { VendorFetch, VendorRequest, VendorResponse } from "../vendor-fetch.ts";
import { mapVendorAnswer, mapVendorSilence } from "./map-vendor-error.ts";
import { wireError } from "./wire-schema.ts";

/** Asks the vendor; every failure is one of the three instructions. */
export interface VendorClient {
  /** The text of a successful answer. */
  get(url: URL, token: string, call: Call): ResultAsync<string, ProviderError>;
  /** A successful answer to a form, checked. */
  post<T extends z.ZodType>(
    url: URL,
    form: Readonly<Record<string, string>>,
    schema: T,
    call: Call,
  ): ResultAsync<z.output<T>, ProviderError>;
  /** Success is all there is to know. */
  send(
    method: "POST" | "DELETE",
    url: URL,
    token: string,
    form: Readonly<Record<string, string>>,
    call: Call,
  ): ResultAsync<void, ProviderError>;
}

export function createVendorClient(fetch: VendorFetch, clock: Pick<Clock, "nowMs">): VendorClient {
  const ask = (url: URL, request: VendorRequest) =>
    ResultAsync.fromPromise(answerOf(fetch, url, request), mapVendorSilence).andThen(({ response, text }) =>
      response.status >= 200 && response.status < 300 ? ok(text) : err(mapVendorAnswer(response, errorCode(text), clock.nowMs())),
    );
  return {
    get: (url, token, { signal }) => ask(url, { method: "GET", headers: bearer(token), signal }),
    post: (url, form, schema, { signal }) =>
      ask(url, { method: "POST", headers: FORM, body: new URLSearchParams(form).toString(), signal }).andThen((text) =>
        checked(text, schema),
      ),
    send: (method, url, token, form, { signal }) =>
      ask(url, { method, headers: { ...FORM, ...bearer(token) }, body: new URLSearchParams(form).toString(), signal }).map(() => undefined),
  };
}

/** The one line that awaits the vendor. */
async function answerOf(fetch: VendorFetch, url: URL, request: VendorRequest): Promise<{ response: VendorResponse; text: string }> {
  const response = await fetch(url.href, request);
  return { response, text: await response.text() };
}

/** An answer that the vendor's documentation does not allow for. */
export function checked<T extends z.ZodType>(text: string, schema: T): Result<z.output<T>, ProviderError> {
  const parsed = schema.safeParse(parseJson(text).unwrapOr(undefined));
  return parsed.success
    ? ok(parsed.data)
    : err({
        kind: "stop",
        message: "The mock vendor's answer has not the documented form. This is a bug on either side; please report it.",
      });
}

const LONGEST_ERROR_BODY = 4096;

function errorCode(text: string): string | null {
  if (text.length > LONGEST_ERROR_BODY) return null;
  const parsed = wireError.safeParse(parseJson(text).unwrapOr(undefined));
  return parsed.success ? parsed.data.error.slice(0, 64) : null;
}

const parseJson = fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => undefined,
);

const FORM = { "content-type": "application/x-www-form-urlencoded" } as const;

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
