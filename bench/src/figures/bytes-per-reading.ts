import type { Figure } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { untilDone } from "../stage/call.ts";
import { type GrowingDays, growDays } from "../stage/growing-days.ts";
import { begunThenWhole, INSERT_ORDERS, pollByPoll, type Writes, whole } from "../stage/insert-orders.ts";
import { withScratch } from "../stage/scratch.ts";
import { openScratchStore } from "../stage/scratch-store.ts";
import { tableBytes } from "../stage/table-bytes.ts";

const TARGET = atMost(2.5);
const WHAT = "bytes per reading on disk, whole table ÷ readings, 5-min sensor";

/** What the table of days takes, whole pages, with the keys that stand in it for users and sources. */
export const bytesPerReading: Figure = {
  name: "bytes-per-reading",
  async measure({ isQuick }) {
    const polled = isQuick ? growDays(20, 4) : growDays(150, 14);
    const written = isQuick ? growDays(40, 30) : growDays(240, 60);
    const orders: { readonly order: string; readonly bytes: number }[] = [];
    for (const [order, numbersOf] of Object.entries(INSERT_ORDERS)) {
      const numbers = numbersOf(written);
      orders.push({ order, bytes: await bytesEach(written, whole(written, numbers)) });
      orders.push({ order: `${order}, each begun before any is whole`, bytes: await bytesEach(written, begunThenWhole(written, numbers)) });
    }
    orders.sort((a, b) => b.bytes - a.bytes);
    return [
      {
        what: `${WHAT}: ${polled.people} people polled every 5 min for ${polled.daysEach} days`,
        value: await bytesEach(polled, pollByPoll(polled)),
        unit: "B",
        target: TARGET,
        note: "each poll written as it comes",
      },
      {
        what: `${WHAT}: ${written.people * written.daysEach} days in the worst of ${orders.length} orders`,
        value: orders[0]?.bytes ?? Number.NaN,
        unit: "B",
        target: TARGET,
        note: orders.map(({ order, bytes }) => `${order} ${bytes.toFixed(2)}`).join("; "),
      },
    ];
  },
};

function bytesEach({ readings }: GrowingDays, writes: Writes): Promise<number> {
  return withScratch(async (directory) => {
    const store = openScratchStore(directory);
    for (const puts of writes) {
      const outcomes = await store.readings.putDays(puts, untilDone);
      if (!outcomes._unsafeUnwrap().every(({ kind }) => kind === "written")) throw new Error("A day was not written.");
    }
    await store.close();
    return tableBytes(directory, ["days", "source_keys"]) / readings;
  });
}
