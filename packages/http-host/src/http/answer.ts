/** What a route answers, ready to be sent as it is. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
}

/** Somebody's health is kept by nobody on the way, shown in no frame and guessed to be nothing else. */
export const STRICT_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const JSON_HEADERS = { ...STRICT_HEADERS, "content-type": "application/json; charset=utf-8" } as const;

export function jsonAnswer(body: unknown, status = 200): Answer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

export const NO_CONTENT: Answer = { status: 204, headers: STRICT_HEADERS, body: null };
