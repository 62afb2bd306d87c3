import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { FetchPages, PageRequest, ProviderError, ProviderPage } from "../../ports/cgm-provider.ts";
import { linkedSignal } from "../../ports/linked-signal.ts";
import { type Guard, isCalledOff, isLate, stopped } from "./guard.ts";
import { parseAnswer, parseProviderError } from "./parse-answer.ts";
import { charactersOf, parsePage, recordsOf } from "./parse-page.ts";
import { createScrub, type Scrub } from "./scrub.ts";
import { underDeadline } from "./under-deadline.ts";

type PageResult = Result<ProviderPage, ProviderError>;

/** Keeps the promise of `FetchPages` for a provider that may not: it never throws, ends, and an `Err` is its last item. */
export function guardPages(guard: Guard, name: string, fetchPages: FetchPages): FetchPages {
  return (request, call) => ({ [Symbol.asyncIterator]: () => guardedIterator(guard, name, fetchPages, request, call) });
}

function guardedIterator(
  guard: Guard,
  name: string,
  fetchPages: FetchPages,
  request: PageRequest,
  call: Call,
): Required<Pick<AsyncIterator<PageResult>, "next" | "return">> {
  const link = linkedSignal(call.signal);
  const scrub = createScrub(request.credentials.value);
  const flood = createFloodGate(guard);
  let pages: AsyncIterator<unknown> | undefined;
  let isOver = false;

  const end = (): IteratorResult<PageResult> => {
    if (!isOver) {
      isOver = true;
      link.end();
      leave(pages);
    }
    return { done: true, value: undefined };
  };
  const last = (error: ProviderError): IteratorResult<PageResult> => {
    end();
    return { done: false, value: err(error) };
  };
  const ask = async () => {
    pages ??= fetchPages(request, { signal: link.signal })[Symbol.asyncIterator]();
    const item = readItem(await pages.next(), scrub);
    if (typeof item !== "object" || item.isErr()) return item;
    return flood.lets(item.value) ? item : "flood";
  };

  return {
    next: async () => {
      if (isOver) return end();
      const outcome = await underDeadline(guard, link.signal, ask);
      switch (outcome.kind) {
        case "threw":
          return last(stopped(guard, name, "threw", scrub.thrown(outcome.cause)));
        case "late":
          return last(isLate(guard, name));
        case "called_off":
          return last(isCalledOff(guard, name));
        case "answered":
          break;
      }
      const item = outcome.value;
      if (item === "end") return end();
      if (item === undefined) return last(stopped(guard, name, "gave a page of the wrong shape"));
      if (item === "flood") return last(stopped(guard, name, "brought more than one call may"));
      return item.isErr() ? last(item.error) : { done: false, value: item };
    },
    return: async () => end(),
  };
}

function readItem(item: unknown, scrub: Scrub): PageResult | "end" | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { done, value } = item as { readonly done?: unknown; readonly value?: unknown };
  if (done === true) return "end";
  const answer = parseAnswer(value);
  if (answer === undefined) return undefined;
  if (answer.isErr()) {
    const error = parseProviderError(answer.error, scrub);
    return error === undefined ? undefined : err(error);
  }
  const page = parsePage(answer.value);
  return page === undefined ? undefined : ok(page);
}

function leave(pages: AsyncIterator<unknown> | undefined): void {
  const nobodyWaits = () => undefined;
  // Lets the provider clean up. A `return` that hangs must hang nobody, and one that fails changes nothing.
  void Promise.resolve()
    .then(() => pages?.return?.())
    .then(nobodyWaits, nobodyWaits);
}

function createFloodGate({ limits }: Guard): { lets(page: ProviderPage): boolean } {
  let pages = 0;
  let records = 0;
  let characters = 0;
  return {
    lets: (page) => {
      pages += 1;
      records += recordsOf(page);
      // Of too many records not even the characters are counted.
      if (!(pages <= limits.pagesPerCall && records <= limits.recordsPerCall)) return false;
      characters += charactersOf(page);
      return characters <= limits.charactersPerCall;
    },
  };
}
