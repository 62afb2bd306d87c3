import { type CallBy, type Span, TRENDS, type UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { OpenedStore } from "./open-store.ts";
import { createParquetFile, type FileColumn } from "./parquet-file.ts";
import { columnsByRun } from "./reading-columns.ts";
import { receivedAtOf } from "./readings-of.ts";
import { seriesOf } from "./series-of.ts";

const COLUMNS: readonly FileColumn[] = [
  { name: "user_id", type: "STRING" },
  { name: "timestamp", type: "TIMESTAMP" },
  { name: "glucose_mg_dl", type: "INT32" },
  { name: "range_bound_mg_dl", type: "INT32" },
  { name: "trend", type: "STRING" },
  { name: "provider", type: "STRING" },
  { name: "received_at", type: "TIMESTAMP" },
];

/** Writes the readings of many people, one after another. Answers how many there were. */
export async function exportReadings(
  store: OpenedStore,
  users: readonly UserId[],
  span: Span,
  path: string,
  call: CallBy,
): Promise<Result<number, string>> {
  const file = createParquetFile(path, COLUMNS);
  if (file.isErr()) return err(file.error);
  let rows = 0;
  for (const userId of users) {
    const series = await seriesOf(store, userId, span, null, call);
    if (series.isErr()) return err(series.error);
    const person = emptyPerson();
    for (const each of columnsByRun(series.value)) {
      if (each.isErr()) return err(each.error);
      const { run, columns } = each.value;
      const { trend } = run.details();
      const receivedAt = receivedAtOf(run);
      person.timestamp.push(...columns.atMs);
      person.glucose_mg_dl.push(...columns.mgdl);
      person.range_bound_mg_dl.push(...columns.boundMgdl);
      for (const version of run.versions) {
        person.user_id.push(userId);
        person.trend.push(TRENDS[trend[version] as number] ?? "unknown");
        person.provider.push(run.source.provider);
        person.received_at.push(receivedAt(version) * 1_000);
      }
    }
    rows += person.user_id.length;
    const appended = person.user_id.length === 0 ? ok() : file.value.append(person);
    if (appended.isErr()) return err(appended.error);
  }
  return file.value.finish().map(() => rows);
}

interface PersonColumns extends Record<string, unknown[]> {
  readonly user_id: string[];
  readonly timestamp: number[];
  readonly glucose_mg_dl: number[];
  readonly range_bound_mg_dl: number[];
  readonly trend: string[];
  readonly provider: string[];
  readonly received_at: number[];
}

function emptyPerson(): PersonColumns {
  return { user_id: [], timestamp: [], glucose_mg_dl: [], range_bound_mg_dl: [], trend: [], provider: [], received_at: [] };
}
