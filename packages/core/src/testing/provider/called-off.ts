import type { Call } from "../../ports/call.ts";
import type { VendorWorld } from "./vendor-world.ts";

export type CalledOff<T> =
  /** Ended by itself, nobody had called it off. */
  { readonly kind: "ended_before"; readonly value: T } | { readonly kind: "ended_after"; readonly value: T } | { readonly kind: "goes_on" };

/** Until a request has gone out and hangs, and until whoever was called off has noticed. */
const BEFORE = { waits: 5, ms: 20 } as const;
const AFTER = { waits: 100, ms: 50 } as const;

/** Begins something, calls it off after a moment, and waits some seconds for its end. */
export async function calledOff<T>(world: VendorWorld, begin: (call: Call) => Promise<T>): Promise<CalledOff<T>> {
  const controller = new AbortController();
  const ended: { outcome: CalledOff<T> | null } = { outcome: null };
  const running = begin({ signal: controller.signal }).then((value) => {
    ended.outcome ??= { kind: controller.signal.aborted ? "ended_after" : "ended_before", value };
  });
  const waitFor = async ({ waits, ms }: { readonly waits: number; readonly ms: number }) => {
    for (let n = 0; n < waits && ended.outcome === null; n++) await Promise.race([running, world.wait(ms)]);
  };
  await waitFor(BEFORE);
  controller.abort();
  await waitFor(AFTER);
  return ended.outcome ?? { kind: "goes_on" };
}
