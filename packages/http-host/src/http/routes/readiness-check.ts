import type { HttpDeps, Readiness } from "../http-deps.ts";

const HOLDS_FOR_MS = 1_000;
const ANSWER_WITHIN_MS = 5_000;

/** Asks once a second at most and never twice at the same time; what does not answer is not ready. */
export function createReadinessCheck({ readiness, clock }: Pick<HttpDeps, "readiness" | "clock">): () => Promise<Readiness> {
  let found: Promise<Readiness> | null = null;
  let holdsUntilMs = 0;

  async function ask(): Promise<Readiness> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      return await Promise.race([readiness({ signal }), noAnswer(signal)]);
    } finally {
      holdsUntilMs = clock.monotonicMs() + HOLDS_FOR_MS;
    }
  }

  return () => {
    if (found === null || clock.monotonicMs() >= holdsUntilMs) {
      holdsUntilMs = Number.POSITIVE_INFINITY;
      found = ask();
    }
    return found;
  };
}

function noAnswer(signal: AbortSignal): Promise<Readiness> {
  const message = `There was no answer within ${ANSWER_WITHIN_MS / 1000} s.`;
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve({ ready: false, checks: [{ name: "answer", ok: false, message }] }), { once: true });
  });
}
