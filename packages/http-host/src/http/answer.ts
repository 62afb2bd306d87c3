import type { Readable } from "node:stream";

/** What a route answers, ready to be sent as it is. A stream is for what is too large to be written at once. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer | Readable | null;
}

/** Somebody's health is kept by nobody on the way, taken by no page of another origin, and guessed to be nothing else. */
export const DATA_HEADERS = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const;

/** For what a browser may show as it is: it does nothing, whatever it says. */
export const INERT_HEADERS = {
  ...DATA_HEADERS,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "referrer-policy": "no-referrer",
} as const;

const JSON_HEADERS = { ...DATA_HEADERS, "content-type": "application/json; charset=utf-8" } as const;

export function jsonAnswer(body: unknown, status = 200): Answer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

export const NO_CONTENT: Answer = { status: 204, headers: DATA_HEADERS, body: null };
