import type { Call } from "../ports/call.ts";
import type { Delivery, Verdict } from "../ports/work-queue.ts";
import type { Instant } from "../reading/instant.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import { HOLE_CADENCES, takePage } from "./poll.ts";
import type { Publisher } from "./publisher.ts";
import type { SourceState } from "./source-state.ts";

/** While the store is away a delivery is held this long at first, then twice as long, up to a minute. */
const HOLD_FIRST_MS = 1_000;
const HOLD_LONGEST_MS = 60_000;

/** Stores what a verified delivery brought; `changed` has the source polled. The verdict says whether the queue may forget it. */
export async function workDelivery(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  delivery: Delivery,
  call: Call,
): Promise<Verdict> {
  const loaded = deps.providers.get(delivery.provider);
  const webhook = loaded?.provider.webhook;
  if (loaded === undefined || webhook === undefined) return { kind: "hold", waitMs: HOLD_LONGEST_MS };
  deps.checkpoint("delivery.before_work");
  const content = webhook.read(delivery.body);
  if (content.isErr()) return content.error.kind === "retry" ? held(state) : { kind: "set_apart", reason: content.error.message };
  if (content.value.kind === "changed") {
    state.isPollOwed = true;
    return { kind: "done" };
  }
  const how = { askedAt: delivery.signedAt, isBackfill: false };
  const before = state.newest;
  const taken = await takePage(deps, publisher, state, content.value.page, how, call);
  if (taken.isErr()) return taken.error.at === "provider" ? { kind: "set_apart", reason: taken.error.error.message } : held(state);
  if (leavesHole(before, taken.value.first, loaded.traits.cadenceSeconds)) state.isPollOwed = true;
  state.deliveriesHeld = 0;
  deps.checkpoint("delivery.after_work");
  return { kind: "done" };
}

/** An earlier delivery may have been lost on its way: what lies between has to be asked for. */
function leavesHole(before: Instant | null, first: Instant | null, cadenceSeconds: number): boolean {
  return first !== null && before !== null && first - before > HOLE_CADENCES * cadenceSeconds;
}

/** The delivery is sound and something else is not: it waits, ever longer. */
export function held(state: Pick<SourceState, "deliveriesHeld">): Verdict {
  const waitMs = Math.min(HOLD_LONGEST_MS, HOLD_FIRST_MS * 2 ** Math.min(state.deliveriesHeld, 10));
  state.deliveriesHeld++;
  return { kind: "hold", waitMs };
}
