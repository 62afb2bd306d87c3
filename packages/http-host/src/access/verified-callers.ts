import type { HttpCaller } from "./http-caller.ts";

/** Whose credentials were looked at lately, by the digest of each: no credential is kept. */
export interface VerifiedCallers {
  get(digest: string): HttpCaller | undefined;
  /** For so long at most. The one that was kept first gives way where there are too many. */
  keep(digest: string, caller: HttpCaller, forMs: number): void;
}

const MOST_KEPT = 10_000;

export function createVerifiedCallers(clock: { monotonicMs(): number }, most = MOST_KEPT): VerifiedCallers {
  const kept = new Map<string, { readonly caller: HttpCaller; readonly untilMs: number }>();
  return {
    get(digest) {
      const found = kept.get(digest);
      if (found === undefined || clock.monotonicMs() < found.untilMs) return found?.caller;
      kept.delete(digest);
      return undefined;
    },
    keep(digest, caller, forMs) {
      if (forMs <= 0) return;
      kept.delete(digest);
      const [first] = kept.keys();
      if (kept.size >= most && first !== undefined) kept.delete(first);
      kept.set(digest, { caller, untilMs: clock.monotonicMs() + forMs });
    },
  };
}
