import { formatInstant, type Instant, type Reading, SECONDS_PER_DAY } from "@bg-ingest/core";
import { createPublisher } from "../../../packages/core/src/ingest/publishing/publisher.ts";
import { nowOf } from "../../../packages/core/src/ingest/source/ingest-deps.ts";
import type { SourceState } from "../../../packages/core/src/ingest/source/source-state.ts";
import { commitPage } from "../../../packages/core/src/ingest/storing/commit-page.ts";
import type { Figure } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { measureRatio, noteOf } from "../harness/ratio.ts";
import { createBackfillingSource } from "../stage/backfilling-source.ts";
import { untilDone } from "../stage/call.ts";
import { createIngestDeps } from "../stage/ingest-deps.ts";
import { createBenchWorld, START } from "../stage/mock-page.ts";
import { readingsOf } from "../stage/readings-of.ts";
import { withScratch } from "../stage/scratch.ts";
import { openScratchStore } from "../stage/scratch-store.ts";
import { openTextbookTable, type TextbookRow, toTextbookRow } from "../stage/textbook-table.ts";

const WINDOWS = 3;
const WINDOW_SECONDS = 30 * SECONDS_PER_DAY;
const ACCOUNTS = 8;

interface Quarter {
  /** Newest first, as a backfill goes. */
  readonly windows: readonly (readonly Reading[])[];
  readonly rows: readonly TextbookRow[];
}

/** The same readings of 90 days, once into days, window by window, and once into rows, all in one transaction. */
export const windowsAgainstUpserts: Figure = {
  name: "windows-against-upserts",
  measure: ({ isQuick }) =>
    withScratch(async (directory) => {
      const store = openScratchStore(directory);
      const table = openTextbookTable(directory);
      const deps = createIngestDeps(store);
      const publisher = createPublisher(deps);
      const quarters = Array.from({ length: ACCOUNTS }, (_, i) => quarterOf(`account-${i}`));

      const commitWindows = async (state: SourceState, { windows }: Quarter): Promise<void> => {
        for (const readings of windows) {
          const page = { readings, setAside: [], askedAt: nowOf(deps.clock), isBackfill: true };
          const committed = await commitPage(deps, publisher, state, page, untilDone);
          if (committed._unsafeUnwrap().added !== readings.length) throw new Error("A window was not stored as a whole.");
        }
      };

      const ratio = await measureRatio(
        {
          prepare: async (round) => ({
            quarter: quarters[round % ACCOUNTS] as Quarter,
            state: await createBackfillingSource(deps, round),
          }),
          subject: ({ state, quarter }) => commitWindows(state, quarter),
          baseline: ({ state, quarter }) =>
            table.upsert(state.record.userId, state.record.sourceId, formatInstant(nowOf(deps.clock)), quarter.rows),
        },
        isQuick ? { warmUp: 3, counted: 7 } : { warmUp: 10, counted: 41 },
      );
      await store.close();
      table.close();
      return [
        {
          what: `90 days (${quarters[0]?.rows.length} readings): append, encode, commit in ${WINDOWS} windows ÷ an upsert each in one transaction`,
          value: ratio.value,
          unit: "×",
          target: atMost(0.25),
          note: noteOf(ratio),
        },
      ];
    }),
};

function quarterOf(account: string): Quarter {
  const world = createBenchWorld();
  const windows = Array.from({ length: WINDOWS }, (_, i) => {
    const from = (START + i * WINDOW_SECONDS) as Instant;
    return readingsOf(world, account, { from, to: (from + WINDOW_SECONDS) as Instant });
  });
  return { windows: windows.toReversed(), rows: windows.flat().map(toTextbookRow) };
}
