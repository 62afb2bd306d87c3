import type { Guard } from "./guard.ts";

export type Outcome<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "threw"; readonly cause: unknown }
  | { readonly kind: "late" }
  | { readonly kind: "called_off" };

/** Settles at the latest when the deadline passes or the signal aborts, whatever `ask` does; what it does afterwards is nobody's concern. */
export async function underDeadline<T>(guard: Guard, signal: AbortSignal, ask: () => Promise<T>): Promise<Outcome<T>> {
  if (signal.aborted) return { kind: "called_off" };
  const timer = new AbortController();
  const stopTimer = () => timer.abort();
  signal.addEventListener("abort", stopTimer);
  const answered = Promise.resolve()
    .then(ask)
    .then(
      (value): Outcome<T> => ({ kind: "answered", value }),
      (cause: unknown): Outcome<T> => ({ kind: "threw", cause }),
    );
  const waited = guard.delay(guard.deadlineMs, timer.signal).then((): Outcome<T> => ({ kind: signal.aborted ? "called_off" : "late" }));
  const outcome = await Promise.race([answered, waited]);
  signal.removeEventListener("abort", stopTimer);
  stopTimer();
  return outcome;
}
