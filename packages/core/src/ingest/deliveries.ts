import type { Call } from "../ports/call.ts";
import type { Delivery, Verdict } from "../ports/work-queue.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import { takePage } from "./poll.ts";
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
  const webhook = deps.providers.get(delivery.provider)?.provider.webhook;
  if (webhook === undefined) return { kind: "hold", waitMs: HOLD_LONGEST_MS };
  deps.checkpoint("delivery.before_work");
  const content = webhook.read(delivery.body);
  if (content.isErr()) return content.error.kind === "retry" ? held(state) : { kind: "set_apart", reason: content.error.message };
  if (content.value.kind === "changed") {
    state.isPollOwed = true;
    return { kind: "done" };
  }
  const how = { askedAt: delivery.signedAt, isBackfill: false };
  const taken = await takePage(deps, publisher, state, content.value.page, how, call);
  if (taken.isErr()) return taken.error.at === "store" ? held(state) : { kind: "set_apart", reason: taken.error.error.message };
  state.deliveriesHeld = 0;
  deps.checkpoint("delivery.after_work");
  return { kind: "done" };
}

/** The delivery is sound and something else is not: it waits, ever longer. */
export function held(state: Pick<SourceState, "deliveriesHeld">): Verdict {
  const waitMs = Math.min(HOLD_LONGEST_MS, HOLD_FIRST_MS * 2 ** Math.min(state.deliveriesHeld, 10));
  state.deliveriesHeld++;
  return { kind: "hold", waitMs };
}
