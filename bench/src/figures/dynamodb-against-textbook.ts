import {
  addSeconds,
  createReadingQueries,
  formatInstant,
  type Instant,
  instantAt,
  type Reading,
  SECONDS_PER_DAY,
  type Span,
} from "@bg-ingest/core";
import { createDynamoDbStoreOver } from "@bg-ingest/store-dynamodb";
import { ok } from "neverthrow";
import { createPublisher } from "../../../packages/core/src/ingest/publishing/publisher.ts";
import { commitPage } from "../../../packages/core/src/ingest/storing/commit-page.ts";
import type { Figure, Found } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { createBackfillingSource } from "../stage/backfilling-source.ts";
import { untilDone } from "../stage/call.ts";
import { type MeteredTable, type Units, withTwoTables } from "../stage/dynamodb.ts";
import { createIngestDeps } from "../stage/ingest-deps.ts";
import { createBenchWorld, START } from "../stage/mock-page.ts";
import { readingsOf } from "../stage/readings-of.ts";
import { createTextbookItems } from "../stage/textbook-items.ts";
import { toTextbookRow } from "../stage/textbook-table.ts";

const WINDOWS = 3;
const WINDOW_SECONDS = 30 * SECONDS_PER_DAY;
const POLL_SECONDS = 900;
const HISTORY: Span = { from: START, to: addSeconds(START, WINDOWS * WINDOW_SECONDS) };

/** One way to keep readings in DynamoDB. */
interface Side {
  /** What one window of a backfill, or one poll, brought. */
  keep(readings: readonly Reading[], askedAt: Instant, isBackfill: boolean): Promise<void>;
  /** As an API would answer. */
  read(span: Span): Promise<string>;
  takeUnits(): Units;
}

interface Cost {
  readonly units: Units;
  readonly ms: number;
}

/** The same readings, once as days and once as an item each with an outbox: what DynamoDB charges for both. */
export const dynamoDbAgainstTextbook: Figure = {
  name: "dynamodb-against-textbook",
  measure: () => {
    return withTwoTables(async (one, other) => {
      const sides = [await daySide(one), textbookSide(other)] as const;
      const world = createBenchWorld();
      const windows = slicesOf(HISTORY, WINDOW_SECONDS).toReversed();
      const polls = slicesOf({ from: HISTORY.to, to: addSeconds(HISTORY.to, SECONDS_PER_DAY) }, POLL_SECONDS);
      const brought = (span: Span) => readingsOf(world, "account-1", span);

      const backfill = await costs(sides, async ({ keep }) => {
        for (const window of windows) await keep(brought(window), HISTORY.to, true);
      });
      const read = await costs(sides, ({ read }) => read(HISTORY));
      const day = await costs(sides, async ({ keep }) => {
        for (const poll of polls) await keep(brought(poll), poll.to, false);
      });
      const answers = await Promise.all(sides.map((side) => side.read(HISTORY)));
      if (answers[0] !== answers[1]) throw new Error("The two sides do not answer the same.");
      return [
        found("90 days read: days ÷ an item per reading", read, 1 / 15),
        found("90 days backfilled in 3 windows ÷ a transaction per reading with its outbox item", backfill, 1 / 50),
        found("a day of polls every 15 min ÷ the same", day, 1 / 8),
      ];
    });
  },
};

async function costs(sides: readonly [Side, Side], work: (side: Side) => Promise<unknown>): Promise<readonly [Cost, Cost]> {
  const cost = async (side: Side): Promise<Cost> => {
    side.takeUnits();
    const startedMs = performance.now();
    await work(side);
    return { units: side.takeUnits(), ms: performance.now() - startedMs };
  };
  return [await cost(sides[0]), await cost(sides[1])];
}

/** As priced: a read unit costs a fifth of a write unit. */
const weigh = ({ write, read }: Units): number => write + read / 5;

function found(what: string, [subject, baseline]: readonly [Cost, Cost], target: number): Found {
  const units = `${told(subject.units)} ÷ ${told(baseline.units)}`;
  const note = `${units}, ${subject.ms.toFixed(0)} ms ÷ ${baseline.ms.toFixed(0)} ms on DynamoDB Local`;
  return { what, value: weigh(subject.units) / weigh(baseline.units), unit: "×", target: atMost(target), note };
}

const told = ({ write, read }: Units): string => `${write} write and ${read} read units`;

async function daySide(table: MeteredTable): Promise<Side> {
  const store = createDynamoDbStoreOver(table);
  const deps = createIngestDeps({ ...store, queue: { eraseSource: async () => ok(undefined) } });
  const publisher = createPublisher(deps);
  const state = await createBackfillingSource(deps, 1);
  const queries = createReadingQueries(store);
  return {
    takeUnits: table.takeUnits,
    async keep(readings, askedAt, isBackfill) {
      const committed = await commitPage(deps, publisher, state, { readings, setAside: [], askedAt, isBackfill }, untilDone);
      if (committed._unsafeUnwrap().added !== readings.length) throw new Error("A page was not stored as a whole.");
    },
    async read(span) {
      const selection = { view: "all", sourceId: null, asOf: null } as const;
      const series = (await queries.range(state.record.userId, span, selection, untilDone))._unsafeUnwrap();
      const rows: unknown[] = [];
      for (const run of series.runs) {
        const { timeline, versions, day } = run._unsafeUnwrap();
        for (const version of versions) {
          rows.push({ timestamp: formatInstant(instantAt(timeline, version, day)), glucose_mg_dl: timeline.mgdl[version] });
        }
      }
      return JSON.stringify(rows);
    },
  };
}

function textbookSide(table: MeteredTable): Side {
  const { write, read } = createTextbookItems(table);
  return {
    takeUnits: table.takeUnits,
    keep: (readings, askedAt) => write(USER, SOURCE, formatInstant(askedAt), readings.map(toTextbookRow)),
    read: async ({ from, to }) => JSON.stringify(await read(USER, formatInstant(from), formatInstant(addSeconds(to, -1)))),
  };
}

/** As long as those of the other side. */
const USER = "00000000-0000-4000-8000-000000000001";
const SOURCE = "0000000000001";

function slicesOf({ from, to }: Span, seconds: number): readonly Span[] {
  return Array.from({ length: (to - from) / seconds }, (_, i) => {
    const start = addSeconds(from, i * seconds);
    return { from: start, to: addSeconds(start, seconds) };
  });
}
