import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { Credentials, FetchPages, ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import type { BudgetedUser, RateBudget } from "../../ports/rate-budget.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { VaultError } from "../../ports/vault.ts";
import type { Instant, Span } from "../../reading/instant.ts";

export interface WindowRequest {
  readonly user: BudgetedUser;
  readonly fetchPages: FetchPages;
  readonly credentials: Credentials;
  readonly window: Span;
  readonly purpose: "live" | "backfill";
  /** A slice this short is not halved any further. */
  readonly shortestSliceSeconds: number;
  /** What cannot be read is neither asked for again nor halved. */
  readonly isOnce: boolean;
}

/**
 * `provider`: the provider refused; `isForeign`: the credentials work, and open somebody else's account; `isRenewal`: it was not asked for
 * data, but to renew access. `vault`: what is sealed does not open. `allowance`: no call is left of what the provider allows. `claimed`: somebody else is renewing the credentials just now, or died of it.
 * `gone`: the source was disconnected meanwhile. `anew`: it was connected anew meanwhile; asked again, the provider shows what is meant. `store`: a page could not be stored.
 */
export type FetchFailed =
  | { readonly at: "provider"; readonly error: ProviderError; readonly isForeign?: true; readonly isRenewal?: true }
  | { readonly at: "vault"; readonly error: VaultError }
  | AllowanceUsedUp
  | { readonly at: "claimed"; readonly waitMs: number; readonly goesOnInMs: number | null }
  | { readonly at: "gone" }
  | { readonly at: "anew" }
  | { readonly at: "store"; readonly error: StoreError };

/** `soFar` need not be asked for again; next time, after `waitMs`, a window of at most `nextSeconds` is likelier to come through. */
export interface AllowanceUsedUp {
  readonly at: "allowance";
  /** For one call. */
  readonly waitMs: number;
  /** It ended between two requests of which the first is of no use without the second. */
  readonly isMidway: boolean;
  readonly soFar: FetchedWindow;
  readonly nextSeconds: number;
}

/** Which parts of the window were read, and which could not be, down to the shortest slice. */
export interface FetchedWindow {
  readonly read: readonly Span[];
  readonly unreadable: readonly UnreadableSlice[];
}

export const NOTHING_FETCHED: FetchedWindow = { read: [], unreadable: [] };

interface UnreadableSlice extends Span {
  readonly message: string;
}

export interface PageSink {
  /** When a request that is about to be sent was asked. */
  askedAt(): Instant;
  take(page: ProviderPage, askedAt: Instant): Promise<Result<void, FetchFailed>>;
}

/** More refusals than this in one window is no poison record but a provider that answers nothing readable; fewer will do while nothing was read. */
const MOST_REFUSALS = 64;
const MOST_REFUSALS_UNREAD = 20;

/**
 * Reads a window, oldest first. What the provider cannot read (`stop`) is asked for once more, then halved, so that one poisoned record
 * costs one short slice and not a window. Pages that came before a failure have been taken. Where the allowance ends in the middle of a
 * slice, a narrower one is proposed for the next time.
 */
export async function fetchWindow(
  request: WindowRequest,
  budget: RateBudget,
  sink: PageSink,
  call: Call,
): Promise<Result<FetchedWindow, FetchFailed>> {
  const read: Span[] = [];
  const unreadable: UnreadableSlice[] = [];
  const open: Span[] = [request.window];
  let refusals = 0;
  for (let slice = open.pop(); slice !== undefined; slice = open.pop()) {
    const done = await fetchTwice(request, slice, budget, sink, call);
    if (done.isOk()) {
      read.push(slice);
      continue;
    }
    if (done.error.at === "allowance") return err({ ...done.error, soFar: { read, unreadable } });
    if (done.error.at !== "provider" || done.error.error.kind !== "stop") return err(done.error);
    const isHopeless = request.isOnce || refusals++ >= (read.length === 0 ? MOST_REFUSALS_UNREAD : MOST_REFUSALS);
    const halves = isHopeless ? null : halve(slice, request.shortestSliceSeconds);
    if (halves === null) unreadable.push({ ...slice, message: done.error.error.message });
    else open.push(halves[1], halves[0]);
  }
  return ok({ read, unreadable });
}

async function fetchTwice(
  request: WindowRequest,
  slice: Span,
  budget: RateBudget,
  sink: PageSink,
  call: Call,
): Promise<Result<void, FetchFailed>> {
  const first = await fetchSlice(request, slice, budget, sink, call);
  if (request.isOnce || first.isOk() || first.error.at !== "provider" || first.error.error.kind !== "stop") return first;
  const second = await fetchSlice(request, slice, budget, sink, call);
  return second.mapErr((error) =>
    error.at === "allowance" ? { ...error, isMidway: true, nextSeconds: narrower(slice, request.shortestSliceSeconds) } : error,
  );
}

function narrower(slice: Span, shortestSeconds: number): number {
  return Math.max(shortestSeconds, Math.ceil((slice.to - slice.from) / 2));
}

async function fetchSlice(
  request: WindowRequest,
  slice: Span,
  budget: RateBudget,
  sink: PageSink,
  call: Call,
): Promise<Result<void, FetchFailed>> {
  const pages = request.fetchPages({ window: slice, credentials: request.credentials }, call)[Symbol.asyncIterator]();
  for (let made = 0; ; made++) {
    const lease = await budget.take(request.user, request.purpose);
    if (lease.kind === "wait") {
      await pages.return?.();
      return err(usedUp(lease.waitMs, made, slice, request));
    }
    const askedAt = sink.askedAt();
    const next = await pages.next();
    if (next.done === true) return ok(undefined);
    if (next.value.isErr()) return failed(next.value.error);
    const taken = await sink.take(next.value.value, askedAt);
    if (taken.isErr() || next.value.value.isLast === true) {
      await pages.return?.();
      return taken;
    }
  }
}

/**
 * One page and the request that finds no other are what even the narrowest slice costs; only where there were more pages a narrower one costs
 * less.
 */
function usedUp(waitMs: number, made: number, slice: Span, { window, shortestSliceSeconds }: WindowRequest): AllowanceUsedUp {
  const seconds = slice.to - slice.from;
  const isWhole = seconds === window.to - window.from;
  const nextSeconds = made > 1 ? narrower(slice, shortestSliceSeconds) : isWhole ? Infinity : seconds;
  return { at: "allowance", waitMs, isMidway: made > 0, soFar: NOTHING_FETCHED, nextSeconds };
}

function failed(error: ProviderError): Result<never, FetchFailed> {
  return err({ at: "provider", error });
}

function halve(slice: Span, shortest: number): readonly [Span, Span] | null {
  if (slice.to - slice.from <= shortest) return null;
  const middle = (slice.from + Math.ceil((slice.to - slice.from) / 2)) as Instant;
  return [
    { from: slice.from, to: middle },
    { from: middle, to: slice.to },
  ];
}
