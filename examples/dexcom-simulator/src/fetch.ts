import type { Answer, Outcome, SimulatorRequest } from "./answer.ts";

/** What looks like the global `fetch`; it never follows a redirect. */
export function createFetch(handle: (request: SimulatorRequest) => Outcome): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    // Node 24: the signal of a Request follows the caller's through a weak reference, and falls silent once the Request is collected.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const body = await request.text();
    const outcome = handle({ method: request.method, url: new URL(request.url), headers: Object.fromEntries(request.headers), body });
    switch (outcome.kind) {
      case "answer":
        return responseOf(outcome);
      case "cut":
        throw new TypeError("fetch failed", { cause: new Error("other side closed") });
      case "hang":
        return untilAborted(signal);
    }
  };
}

function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers });
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () => reject(signal?.reason);
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });
  });
}
