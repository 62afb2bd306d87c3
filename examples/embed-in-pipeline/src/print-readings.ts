import { formatInstant, type Series } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { readingsOf } from "./readings-of.ts";

/** A line of JSON for each reading, as it is decoded. */
export function printReadings(series: Series, out: (text: string) => void): Result<void, string> {
  for (const reading of readingsOf(series)) {
    if (reading.isErr()) return err(reading.error);
    const { at, receivedAt, ...said } = reading.value;
    out(`${JSON.stringify({ timestamp: formatInstant(at), ...said, receivedAt: formatInstant(receivedAt) })}\n`);
  }
  return ok(undefined);
}
