import { type CallBy, createReadingQueries, formatDay, type Instant, parseUserId, type Span, TRUSTED, type UserId } from "@bg-ingest/core";
import { openSqliteStoreReadOnly } from "@bg-ingest/store-sqlite";
import { err, ok, type Result, ResultAsync } from "neverthrow";

interface DaySummary {
  readonly day: string;
  readonly readings: number;
  readonly meanMgdl: number;
}

/** What a person has of a span, a line a day. The store may be in use by a service: it is opened beside it, and written by nobody here. */
async function summarise(dataDir: string, userId: UserId, span: Span): Promise<Result<readonly DaySummary[], string>> {
  const store = openSqliteStoreReadOnly({ dataDir });
  if (store.isErr()) return err(store.error.message);
  const call: CallBy = { signal: AbortSignal.timeout(60_000), caller: TRUSTED };
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

/** So many days back from now. */
function spanOf(daysBack: string): Result<Span, string> {
  const days = Number(daysBack);
  if (!(days > 0 && days <= 366))
    return err(`"${daysBack}" is no number of days from 1 to 366. Usage: npx pnpm@12 example <person> <days back>`);
  const now = Math.floor(Date.now() / 1000);
  return ok({ from: (now - Math.ceil(days * 86_400)) as Instant, to: now as Instant });
}

const [person = "demo", daysBack = "14"] = process.argv.slice(2);
const summary = await spanOf(daysBack)
  .andThen((span) =>
    parseUserId(person)
      .map((userId) => ({ userId, span }))
      .mapErr(({ message }) => message),
  )
  .asyncAndThen(({ userId, span }) => new ResultAsync(summarise(process.env["DATA_DIR"] ?? "./data", userId, span)));

if (summary.isOk()) {
  if (summary.value.length === 0) process.stdout.write(`There are no readings of ${person} in the last ${daysBack} days.\n`);
  for (const { day, readings, meanMgdl } of summary.value) process.stdout.write(`${day}  ${readings} readings, mean ${meanMgdl} mg/dL\n`);
} else {
  process.stderr.write(`${summary.error}\n`);
  process.exitCode = 1;
}
