import type { VendorResponse } from "../vendor-fetch.ts";

/** An answer whose body is a text. Header names in lower case. */
export function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): VendorResponse {
  return {
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    text: () => Promise.resolve(body),
  };
}

export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): VendorResponse {
  return answer(status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}
