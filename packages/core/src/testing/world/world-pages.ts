import { err, ok, type Result } from "neverthrow";
import type { RawReading, RawRejected } from "../../normalize/raw-reading.ts";
import type { Call } from "../../ports/call.ts";
import type { Credentials, PageRequest, ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import { addSeconds, type Instant } from "../../reading/instant.ts";
import type { Trouble } from "./situation.ts";
import type { Shown } from "./truth.ts";
import type { WorldAccount } from "./world-account.ts";

export interface Paging {
  readonly recordsPerPage: number;
  readonly order: "oldest_first" | "newest_first";
  /** Whether the last page says that it is the last. */
  readonly tellsLast: boolean;
}

/** What credentials of this vendor hold. */
export interface WorldCredentials {
  readonly account: string;
  readonly grant: number;
}

export const RETRY_AFTER_MS = 30_000;

const REFUSED: ProviderError = { kind: "reconnect", message: "The vendor does not take these credentials." };

/** Answers one window. Each `next` is one request, and what it brings is what the vendor showed when it was asked. */
export async function* worldPages(
  account: WorldAccount | undefined,
  request: PageRequest,
  paging: Paging,
  now: () => Instant,
  call: Call,
): AsyncGenerator<Result<ProviderPage, ProviderError>, void, void> {
  if (account === undefined) return yield err(REFUSED);
  for (let page = 0; ; page++) {
    const trouble = page === 0 ? troubleOf(account, request.credentials) : undefined;
    if (trouble !== undefined && trouble !== "cut_off") return yield await troubled(trouble, call);
    if ([...account.poisoned].some((at) => at >= request.window.from && at < request.window.to))
      return yield await troubled("garbage_page", call);
    const pages = chunked(shownBy(account, request, now()), paging, account);
    if (pages.length <= page) return;
    const isLast = page === pages.length - 1;
    yield ok(toPage(account.name, pages[page] ?? [], isLast && paging.tellsLast));
    if (trouble === "cut_off") return yield await troubled("away", call);
    if (isLast && paging.tellsLast) return;
  }
}

function shownBy(account: WorldAccount, request: PageRequest, now: Instant): readonly Shown[] {
  return account.situation === "no_data" ? [] : account.truth.asOf(addSeconds(now, -account.staleSeconds), request.window);
}

function troubleOf(account: WorldAccount, credentials: Credentials): Exclude<Trouble, "none"> | undefined {
  const { grant } = credentials.value as WorldCredentials;
  if (account.isRevoked || grant < account.grant) return "unauthorized";
  const next = account.troubles.shift();
  if (next !== undefined) return next === "none" ? undefined : next;
  const { situation } = account;
  return situation === "rate_limited" || situation === "garbage_page" || situation === "hangs" ? situation : undefined;
}

async function troubled(trouble: Exclude<Trouble, "cut_off" | "none">, call: Call): Promise<Result<never, ProviderError>> {
  switch (trouble) {
    case "unauthorized":
      return err(REFUSED);
    case "rate_limited":
      return err({ kind: "retry", message: "Too many requests.", retryAfterMs: RETRY_AFTER_MS });
    case "garbage_page":
      return err({ kind: "stop", message: "The page cannot be read." });
    case "away":
      return err({ kind: "retry", message: "The vendor does not answer." });
    case "hangs":
      await aborted(call.signal);
      return err({ kind: "retry", message: "The vendor did not answer in time." });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}

/** Nothing is one empty page. */
function chunked(shown: readonly Shown[], paging: Paging, account: WorldAccount): readonly (readonly Shown[])[] {
  const size = account.situation === "two_pages" ? Math.ceil(shown.length / 2) : paging.recordsPerPage;
  const ordered = paging.order === "oldest_first" ? shown : shown.toReversed();
  const pages: (readonly Shown[])[] = [];
  for (let first = 0; first < ordered.length; first += size) pages.push(ordered.slice(first, first + size));
  return pages.length === 0 ? [[]] : pages;
}

export function toPage(accountId: string, shown: readonly Shown[], isLast: boolean): ProviderPage {
  const readings: RawReading[] = [];
  const rejected: RawRejected[] = [];
  for (const { what } of shown) {
    if ("reason" in what) rejected.push(what);
    else readings.push(what);
  }
  return { readings, rejected, accountId, ...(isLast ? { isLast } : {}) };
}
