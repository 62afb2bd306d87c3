import { formatDay, type Series } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { columnsByRun } from "./reading-columns.ts";

/** A line for each run: a day of one source, or a part of one where two take turns. */
export function printDays(series: Series, out: (text: string) => void): Result<void, string> {
  let isEmpty = true;
  for (const each of columnsByRun(series)) {
    if (each.isErr()) return err(each.error);
    const { run, columns } = each.value;
    const sum = columns.mgdl.reduce((total, value) => total + value, 0);
    out(`${formatDay(run.day)}  ${columns.mgdl.length} readings, mean ${Math.round(sum / columns.mgdl.length)} mg/dL\n`);
    isEmpty = false;
  }
  if (isEmpty) out("There are no readings there.\n");
  return ok(undefined);
}
