import { type Call, createReadingQueries, formatDay, type Instant, parseUserId, type Span, type UserId } from "@bg-ingest/core";
import { openSqliteStoreReadOnly } from "@bg-ingest/store-sqlite";
import { err, ok, type Result } from "neverthrow";

interface DaySummary {
  readonly day: string;
  readonly readings: number;
  readonly meanMgdl: number;
}

/** What a person has of a span, a line a day. The store may be in use by a service: it is opened beside it, and written by nobody here. */
async function summarise(dataDir: string, userId: UserId, span: Span): Promise<Result<readonly DaySummary[], string>> {
  const store = openSqliteStoreReadOnly({ dataDir });
  if (store.isErr()) return err(store.error.message);
  const call: Call = { signal: AbortSignal.timeout(60_000) };
  const queries = createReadingQueries(store.value);
  const series = await queries.range(userId, span, { view: "canonical", sourceId: null, asOf: null }, call);
  if (series.isErr()) return err(`Nothing can be read for ${userId}: ${series.error.kind}.`);
  const days: DaySummary[] = [];
  for (const run of series.value.runs) {
    if (run.isErr()) return err(run.error.message);
    const { day, timeline, versions } = run.value;
    const sum = versions.reduce((total, index) => total + (timeline.mgdl[index] ?? 0), 0);
    days.push({ day: formatDay(day), readings: versions.length, meanMgdl: Math.round(sum / versions.length) });
  }
  await store.value.close();
  return ok(days);
}

const [person = "demo", daysBack = "14"] = process.argv.slice(2);
const now = Math.floor(Date.now() / 1000);
const span: Span = { from: (now - Number(daysBack) * 86_400) as Instant, to: now as Instant };
const userId = parseUserId(person);
const summary = userId.isOk() ? await summarise(process.env["DATA_DIR"] ?? "./data", userId.value, span) : err(userId.error.message);

if (summary.isOk()) {
  for (const { day, readings, meanMgdl } of summary.value) process.stdout.write(`${day}  ${readings} readings, mean ${meanMgdl} mg/dL\n`);
} else {
  process.stderr.write(`${summary.error}\n`);
  process.exitCode = 1;
}
