/** A request as the simulator gets it, by whatever way. */
export interface SimulatorRequest {
  readonly method: string;
  /** Path and query; whatever host. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What becomes of a request. `cut`: the connection dies. `hang`: nothing comes until the caller gives up. */
export type Outcome = Answer | { readonly kind: "cut" } | { readonly kind: "hang" };

export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonTextAnswer(status, JSON.stringify(body), headers);
}

/** The body is JSON already, or was meant to be. */
export function jsonTextAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    kind: "answer",
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
    body,
  };
}

export function textAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: "answer", status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

/** A page for people where a program asked. */
export function brokenHtmlAnswer(status: number, title: string): Answer {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { kind: "answer", status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}
