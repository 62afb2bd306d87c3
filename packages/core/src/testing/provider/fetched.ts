import { ResultAsync } from "neverthrow";
import type { RawReading, RawRejected } from "../../normalize/raw-reading.ts";
import { parseAnswer } from "../../plugin/guard/parse-answer.ts";
import { parsePage } from "../../plugin/guard/parse-page.ts";
import type { Call } from "../../ports/call.ts";
import type { CgmProvider, PageRequest, ProviderError } from "../../ports/cgm-provider.ts";
import { broken } from "../promise.ts";
import { calm } from "../samples.ts";
import { hearError, madeBy, type Stage } from "./stage.ts";
import { textOf } from "./witness.ts";

/** Whoever can be asked for a window. */
export type Fetcher = "poll" | "backfill";

/** All that came of one window. */
export interface Fetched {
  readonly readings: readonly RawReading[];
  readonly rejected: readonly RawRejected[];
  readonly accountIds: ReadonlySet<string>;
  readonly error: ProviderError | null;
  /** Of all pages, the one that cost most. */
  readonly mostRequestsForAPage: number;
  /** What came after an `Err`, or after the page that was said to be the last; `null`: nothing, as it should be. */
  readonly cameAfterEnd: string | null;
}

/** More pages than any window has. */
const MOST_PAGES = 100_000;

/** Asks for a window to its end, as a host does, and one step further. */
export async function fetchWindow(
  stage: Stage,
  fetcher: Fetcher,
  request: PageRequest,
  call: Call = calm,
  provider: CgmProvider = stage.provider,
): Promise<Fetched> {
  const name = `${fetcher}.fetchPages`;
  const readings: RawReading[] = [];
  const rejected: RawRejected[] = [];
  const accountIds = new Set<string>();
  let mostRequestsForAPage = 0;
  let error: ProviderError | null = null;
  let end: "an Err" | "the page that says it is the last" | null = null;
  let cameAfterEnd: string | null = null;
  const pages = await unthrown(name, async () => {
    const made = provider[fetcher] ?? madeBy(stage, fetcher);
    return made.fetchPages(request, call)[Symbol.asyncIterator]();
  });
  for (let turn = 0; turn < MOST_PAGES; turn++) {
    const before = stage.witness.requests();
    const step = await unthrown(name, () => pages.next());
    mostRequestsForAPage = Math.max(mostRequestsForAPage, stage.witness.requests() - before);
    if (step.done === true) return { readings, rejected, accountIds, error, mostRequestsForAPage, cameAfterEnd };
    if (end !== null) cameAfterEnd = `another item came after ${end}`;
    const item = parseAnswer(step.value) ?? broken(`each item of ${name} is a Result of neverthrow`, `it was ${textOf(step.value)}`);
    if (item.isErr()) {
      hearError(stage, name, item.error);
      error ??= item.error as ProviderError;
      end = "an Err";
      continue;
    }
    const page = parsePage(item.value) ?? broken(`each page of ${name} is { readings, rejected, accountId }`, "it was something else");
    readings.push(...page.readings);
    rejected.push(...page.rejected);
    if (page.accountId !== null) accountIds.add(page.accountId);
    if (page.isLast === true) end ??= "the page that says it is the last";
  }
  return broken(`the pages of ${name} come to an end`, `there were ${MOST_PAGES} and they went on`);
}

async function unthrown<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const settled = await ResultAsync.fromPromise(Promise.resolve().then(ask), textOf);
  return settled.isOk() ? settled.value : broken(`the iterator of ${name} never throws`, `it did: ${settled.error}`);
}
