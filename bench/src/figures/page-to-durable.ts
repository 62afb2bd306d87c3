import type { Instant } from "@bg-ingest/core";
import { readPageText } from "@bg-ingest/provider-mock";
import { createPublisher } from "../../../packages/core/src/ingest/publishing/publisher.ts";
import { nowOf } from "../../../packages/core/src/ingest/source/ingest-deps.ts";
import type { SourceState } from "../../../packages/core/src/ingest/source/source-state.ts";
import { commitPage } from "../../../packages/core/src/ingest/storing/commit-page.ts";
import { normalize } from "../../../packages/core/src/normalize/normalize.ts";
import type { Figure } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { measureRatio, noteOf } from "../harness/ratio.ts";
import { createBackfillingSource } from "../stage/backfilling-source.ts";
import { untilDone } from "../stage/call.ts";
import { createIngestDeps } from "../stage/ingest-deps.ts";
import { createBenchWorld, pageOf } from "../stage/mock-page.ts";
import { withScratch } from "../stage/scratch.ts";
import { openScratchStore } from "../stage/scratch-store.ts";

const RECORDS = 8_640;
const ACCOUNTS = 12;

/** From the bytes of one page to days on disk, by the way that a backfill takes; nothing is known of the person before. */
export const pageToDurable: Figure = {
  name: "page-to-durable",
  measure: ({ isQuick }) =>
    withScratch(async (directory) => {
      const store = openScratchStore(directory);
      const deps = createIngestDeps(store);
      const publisher = createPublisher(deps);
      const world = createBenchWorld();
      const pages = Array.from({ length: ACCOUNTS }, (_, i) => pageOf(world, `account-${i}`, RECORDS));

      const store1 = async (bytes: Uint8Array, state: SourceState): Promise<void> => {
        const askedAt = nowOf(deps.clock) as Instant;
        const { page } = readPageText(new TextDecoder().decode(bytes))._unsafeUnwrap();
        const { readings, setAside } = normalize(page.readings, page.rejected, askedAt);
        const committed = await commitPage(deps, publisher, state, { readings, setAside, askedAt, isBackfill: true }, untilDone);
        if (committed._unsafeUnwrap().added !== RECORDS) throw new Error("The page was not stored as a whole.");
      };

      const ratio = await measureRatio(
        {
          prepare: async (round) => ({
            bytes: pages[round % ACCOUNTS] as Uint8Array,
            state: await createBackfillingSource(deps, round),
          }),
          subject: ({ bytes, state }) => store1(bytes, state),
          baseline: ({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)),
        },
        isQuick ? { warmUp: 5, counted: 9 } : { warmUp: 20, counted: 81 },
      );
      await store.close();
      const bytesPerRecord = (pages[0]?.length ?? 0) / RECORDS;
      return [
        {
          what: `30-day page (${RECORDS} records of ${Math.round(bytesPerRecord)} B), bytes → durable ÷ JSON.parse`,
          value: ratio.value,
          unit: "×",
          target: atMost(2.5),
          note: noteOf(ratio),
        },
      ];
    }),
};
