import { providerOf } from "../../connection/provider-of.ts";
import type { Call } from "../../ports/call.ts";
import type { ProviderPage } from "../../ports/cgm-provider.ts";
import type { SealedSecrets } from "../../ports/connection-store.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { SetAside } from "../../ports/set-aside.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Delivery, Verdict } from "../../ports/work-queue.ts";
import { formatInstant, type Instant } from "../../reading/instant.ts";
import { takePage } from "../asking/take-page.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { HOLE_CADENCES } from "../source/hole-cadences.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { refreshRecord } from "../source/record-writes.ts";
import type { SourceState } from "../source/source-state.ts";
import { keepAside } from "../storing/keep-aside.ts";

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
  const page = content.value.page;
  const untold = await awaitAccount(deps, state, delivery, page, loaded, call);
  if (untold !== null) return untold;
  const how = { askedAt: delivery.signedAt, isBackfill: false, phaseSince: state.record.phaseSince };
  const before = state.newest;
  const taken = await takePage(deps, publisher, state, page, how, call);
  if (taken.isErr()) {
    const failed = taken.error;
    return failed.at === "provider" ? setApart(deps, state, ofAnotherAccount(delivery), "deleted", call) : held(state);
  }
  if (leavesHole(before, taken.value.first, loaded.traits.cadenceSeconds)) state.isPollOwed = true;
  state.deliveriesHeld = 0;
  deps.checkpoint("delivery.after_work");
  return { kind: "done" };
}

/** While nothing could be asked since it was connected anew, a page that says whose account it is may still come. */
const TOLD_WITHIN_SECONDS = 3_600;

/**
 * `null`: it may be taken. One that was signed before the source was connected anew may be of the account of before, so it does not say whose
 * the source is now: it waits for a page that does, but not for ever, because those that come after it wait as well. A poll that was good and
 * said nothing of it is the last word.
 */
async function awaitAccount(
  deps: IngestDeps,
  state: SourceState,
  delivery: Delivery,
  page: ProviderPage,
  loaded: LoadedProvider,
  call: Call,
): Promise<Verdict | null> {
  if (page.accountId === null || !isFromBefore(state.record, delivery)) return null;
  const read = await refreshRecord(deps, state, call);
  // Whether anybody connects it anew is not settled while they are at it.
  if (read.isErr() || read.value.phase === "connecting") return held(state);
  if (!isFromBefore(read.value, delivery)) return null;
  const secrets = await deps.connections.secretsOf(delivery, call);
  if (secrets.isErr()) return held(state);
  if (isFirstGrant(secrets.value)) return null;
  const { phaseSince } = read.value;
  const isAsked = state.lastGoodPollAt !== null && state.lastGoodPollAt > phaseSince;
  const isToldSoon = loaded.provider.poll !== undefined && !isAsked && nowOf(deps.clock) < phaseSince + TOLD_WITHIN_SECONDS;
  return isToldSoon ? held(state) : setApart(deps, state, ofBeforeReconnect(delivery), "kept", call);
}

/** Nobody connects a source anew by disconnecting it: what came before that is still its own. */
function isFromBefore({ accountId, phase, phaseSince }: SourceRecord, { signedAt }: Delivery): boolean {
  return accountId === null && phase !== "disconnected" && signedAt < phaseSince;
}

/** There was no account before it: the sender's clock is behind. Secrets that were written again since may be of somebody who connected anew. */
function isFirstGrant(secrets: SealedSecrets | null): boolean {
  return secrets?.version === 1;
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

function ofAnotherAccount(delivery: Delivery): SetAside {
  const detail =
    "The delivery holds the readings of another account; nothing of it was stored. Check whose URL and secret the sender uses.";
  return { reason: "delivery_of_another_account", detail, at: null, record: withoutBody(delivery) };
}

function ofBeforeReconnect(delivery: Delivery): SetAside {
  const detail =
    "The delivery was signed before the source was connected anew, and nobody said since whose account it is; nothing of it was stored. " +
    "What is missing of the time before can be sent again.";
  return { reason: "delivery_before_reconnect", detail, at: null, record: withoutBody(delivery) };
}

/** Those are somebody else's readings, or may be. Its id, time and size are enough to find it at the sender's. */
function withoutBody({ id, signedAt, body }: Delivery) {
  return { delivery: id, signed_at: formatInstant(signedAt), body_bytes: body.byteLength };
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
