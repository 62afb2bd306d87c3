import {
  type BackfillCapability,
  type FetchPages,
  formatInstant,
  type Instant,
  type PollCapability,
  type ProviderError,
  parseInstant,
  type Span,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { bearerOf } from "./mock-credentials.ts";
import { readPageText } from "./read-page.ts";
import { endpoint, type Vendor } from "./vendor.ts";
import { checked } from "./vendor-client.ts";
import { wireDataRange } from "./wire-schema.ts";

export function createPoll(vendor: Vendor): PollCapability {
  return { fetchPages: createFetchPages(vendor) };
}

export function createBackfill(vendor: Vendor): BackfillCapability {
  return {
    fetchPages: createFetchPages(vendor),
    availableSpan: (credentials, call) =>
      bearerOf(credentials)
        .asyncAndThen((token) => vendor.client.get(endpoint(vendor, "/v1/data-range"), token, call))
        .andThen((text) => checked(text, wireDataRange))
        .andThen(toSpan),
  };
}

/** More pages than any window has. */
const MOST_PAGES = 1000;

function createFetchPages(vendor: Vendor): FetchPages {
  return async function* fetchPages({ window, credentials }, call) {
    const token = bearerOf(credentials);
    if (token.isErr()) return yield err(token.error);
    let page: string | null = null;
    for (let asked = 0; asked < MOST_PAGES; asked++) {
      const answer: Awaited<ReturnType<typeof askPage>> = await askPage(vendor, window, page, token.value, call);
      yield answer.map((read) => read.page);
      if (answer.isErr() || answer.value.nextPage === null) return;
      page = answer.value.nextPage;
    }
    yield err({ kind: "stop", message: "The mock vendor's pages do not end. This is a bug on its side; please report it." });
  };
}

function askPage(vendor: Vendor, window: Span, page: string | null, token: string, call: Parameters<FetchPages>[1]) {
  const url = endpoint(vendor, "/v1/readings");
  url.searchParams.set("start", formatInstant(window.from));
  url.searchParams.set("end", formatInstant(window.to));
  if (page !== null) url.searchParams.set("page", page);
  return vendor.client.get(url, token, call).andThen(readPageText);
}

function toSpan({ start, end }: { readonly start: string | null; readonly end: string | null }): Result<Span | null, ProviderError> {
  if (start === null || end === null) return ok(null);
  const from = parseInstant(start);
  const last = parseInstant(end);
  if (from.isErr() || last.isErr())
    return err({
      kind: "stop",
      message: "The mock vendor does not say in RFC 3339 what it has. This is a bug on its side; please report it.",
    });
  return ok({ from: from.value, to: (last.value + 1) as Instant });
}
