import { type BackfillCapability, type Clock, type FetchPages, formatInstant, type Instant, type PollCapability } from "@bg-ingest/core";
import { type DexcomClient, parseAnswer } from "../api/dexcom-client.ts";
import { wireDataRange } from "../api/wire-schema.ts";
import { readCredentials } from "../oauth/dexcom-credentials.ts";
import { availableSpanOf } from "./available-span.ts";
import { readPageText } from "./read-page.ts";

export function createPoll(client: DexcomClient): PollCapability {
  return { fetchPages: createFetchPages(client) };
}

export function createBackfill(client: DexcomClient, clock: Pick<Clock, "nowMs">): BackfillCapability {
  return {
    fetchPages: createFetchPages(client),
    // Never with lastSyncTime: with one from long ago Dexcom answers a range that is wrong.
    availableSpan: (credentials, call) =>
      readCredentials(credentials)
        .asyncAndThen((access) => client.get(access, "/dataRange", {}, call))
        .andThen((text) => parseAnswer(text, wireDataRange))
        .andThen((range) => availableSpanOf(range, clock.nowMs())),
  };
}

function createFetchPages(client: DexcomClient): FetchPages {
  return async function* fetchPages({ window, credentials }, call) {
    const query = { startDate: dateOf(Math.floor(window.from) - 1), endDate: dateOf(Math.ceil(window.to)) };
    yield await readCredentials(credentials)
      .asyncAndThen((access) => client.get(access, "/egvs", query, call))
      .andThen(readPageText);
  };
}

/**
 * `2025-01-30T23:49:55`: without a zone, and read as UTC. Dexcom documents for alerts alone that the end is exclusive and the start is not: a window
 * begins a second early and ends rounded up, so that what lies where two windows touch is in one of them, whatever holds for readings.
 */
function dateOf(seconds: number): string {
  return formatInstant(seconds as Instant).slice(0, -1);
}
