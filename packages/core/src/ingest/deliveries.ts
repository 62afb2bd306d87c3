import { providerOf } from "../connection/provider-of.ts";
import type { SetAside } from "../normalize/set-aside.ts";
import type { Call } from "../ports/call.ts";
import type { Delivery, Verdict } from "../ports/work-queue.ts";
import { formatInstant, type Instant } from "../reading/instant.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import { keepAside } from "./keep-aside.ts";
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
  const loaded = providerOf(deps.providers, { ...state.record, provider: delivery.provider });
  const webhook = loaded?.provider.webhook;
  if (loaded === undefined || webhook === undefined) return { kind: "hold", waitMs: HOLD_LONGEST_MS };
  deps.checkpoint("delivery.before_work");
  const content = webhook.read(delivery.body);
  if (content.isErr() && content.error.kind === "retry") return held(state);
  if (content.isErr()) {
    state.isPollOwed = true;
    return setApart(deps, state, unreadable(delivery, content.error.message), "kept", call);
  }
  if (content.value.kind === "changed") {
    state.isPollOwed = true;
    return { kind: "done" };
  }
  const how = { askedAt: delivery.signedAt, isBackfill: false, phaseSince: state.record.phaseSince };
  const before = state.newest;
  const taken = await takePage(deps, publisher, state, content.value.page, how, call);
  if (taken.isErr()) {
    const failed = taken.error;
    return failed.at === "provider" ? setApart(deps, state, ofAnotherAccount(delivery), "deleted", call) : held(state);
  }
  if (leavesHole(before, taken.value.first, loaded.traits.cadenceSeconds)) state.isPollOwed = true;
  state.deliveriesHeld = 0;
  deps.checkpoint("delivery.after_work");
  return { kind: "done" };
}

/** The person finds it among what was set aside; that it is there comes first, so that a crash between the two leaves it waiting. */
async function setApart(
  deps: IngestDeps,
  state: SourceState,
  setAside: SetAside,
  body: Extract<Verdict, { kind: "set_apart" }>["body"],
  call: Call,
): Promise<Verdict> {
  const kept = await keepAside(deps, state, [setAside], call);
  if (kept.isErr()) return held(state);
  state.deliveriesHeld = 0;
  return { kind: "set_apart", reason: setAside.reason, body };
}

const BODY_SHOWN_BYTES = 4_096;

function unreadable({ id, signedAt, body }: Delivery, detail: string): SetAside {
  const shown = new TextDecoder().decode(body.subarray(0, BODY_SHOWN_BYTES));
  return { reason: "delivery_unreadable", detail, at: null, record: { delivery: id, signed_at: formatInstant(signedAt), body: shown } };
}

/** Without its body: those are somebody else's readings. Its id, time and size are enough to find it at the sender's. */
function ofAnotherAccount({ id, signedAt, body }: Delivery): SetAside {
  const detail =
    "The delivery holds the readings of another account; nothing of it was stored. Check whose URL and secret the sender uses.";
  const record = { delivery: id, signed_at: formatInstant(signedAt), body_bytes: body.byteLength };
  return { reason: "delivery_of_another_account", detail, at: null, record };
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
