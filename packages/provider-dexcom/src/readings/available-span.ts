import type { Instant, ProviderError, Span } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { z } from "zod";
import { unreadable } from "../api/dexcom-client.ts";
import type { wireDataRange } from "../api/wire-schema.ts";
import { parseDexcomTime } from "./dexcom-time.ts";

/** From the first EGV to just after the last one; `null`: there is none. */
export function availableSpanOf({ egvs }: z.output<typeof wireDataRange>): Result<Span | null, ProviderError> {
  const [start, end] = [egvs?.start?.systemTime, egvs?.end?.systemTime];
  if (!start && !end) return ok(null);
  const [first, last] = [parseDexcomTime(start ?? ""), parseDexcomTime(end ?? "")];
  if (first === null || last === null || first.utcSeconds > last.utcSeconds) return err(unreadable("it does not say from when to when"));
  // The end is exclusive, and what stands there may bear a fraction of a second that was dropped.
  return ok({ from: first.utcSeconds as Instant, to: (last.utcSeconds + 1) as Instant });
}
