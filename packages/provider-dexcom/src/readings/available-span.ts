import type { Instant, ProviderError, Span } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { z } from "zod";
import { unreadable } from "../api/dexcom-client.ts";
import type { wireDataRange } from "../api/wire-schema.ts";
import { parseDexcomTime } from "./dexcom-time.ts";

/**
 * From the first EGV to just after the last one; `null`: there is none. Where only one end can be read, and where they stand the wrong way round, nobody
 * is left without a history: the other end is as far off as it could be, and more is asked for than there is.
 */
export function availableSpanOf({ egvs }: z.output<typeof wireDataRange>, nowMs: number): Result<Span | null, ProviderError> {
  const [start, end] = [egvs?.start?.systemTime, egvs?.end?.systemTime];
  if (!start && !end) return ok(null);
  const [first, last] = [secondsOf(start), secondsOf(end)];
  if (first === null && last === null) return err(unreadable("it does not say from when to when"));
  const ends = [first ?? 0, last ?? Math.floor(nowMs / 1000)];
  // The end is exclusive, and what stands there may bear a fraction of a second that was dropped.
  return ok({ from: Math.min(...ends) as Instant, to: (Math.max(...ends) + 1) as Instant });
}

function secondsOf(text: string | null | undefined): number | null {
  return parseDexcomTime(text ?? "")?.utcSeconds ?? null;
}
