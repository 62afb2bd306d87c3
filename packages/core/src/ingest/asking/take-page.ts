import { err, ok, type Result } from "neverthrow";
import { normalize } from "../../normalize/normalize.ts";
import type { Call } from "../../ports/call.ts";
import type { ProviderPage } from "../../ports/cgm-provider.ts";
import type { Instant } from "../../reading/instant.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import type { SourceState } from "../source/source-state.ts";
import { type CommittedPage, commitPage } from "../storing/commit-page.ts";
import type { FetchFailed } from "./fetch-window.ts";
import { ownAccount } from "./own-account.ts";

/** How a page came. `phaseSince`: since when the source was connected when it was asked for. */
interface PageArrival {
  readonly askedAt: Instant;
  readonly isBackfill: boolean;
  readonly phaseSince: Instant;
}

/** Normalises, stores and publishes one page. */
export async function takePage(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  page: ProviderPage,
  { phaseSince, ...how }: PageArrival,
  call: Call,
): Promise<Result<CommittedPage, FetchFailed>> {
  const own = await ownAccount(deps, state, page, phaseSince, call);
  if (own.isErr()) return err(own.error);
  const { readings, setAside } = normalize(page.readings, page.rejected, nowOf(deps.clock));
  const committed = await commitPage(deps, publisher, state, { readings, setAside, ...how }, call);
  if (committed.isErr()) return err({ at: "store", error: committed.error });
  await publisher.publish(state.record, committed.value.logs, call);
  return ok(committed.value);
}
