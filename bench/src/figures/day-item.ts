import { formatDay } from "@bg-ingest/core";
import { encodeDay } from "../../../packages/core/src/day/codec/day-codec.ts";
import { type DayLog, versionOf } from "../../../packages/core/src/day/day-log.ts";
import type { Figure } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { median } from "../harness/median.ts";
import { userIdOf } from "../stage/backfilling-source.ts";
import { deflateColumns } from "../stage/deflated-columns.ts";
import { fullDayOf } from "../stage/full-day.ts";
import { createBenchWorld } from "../stage/mock-page.ts";
import { polledDay } from "../stage/polled-day.ts";

const POLL_SECONDS = 300;
const SEEDS = 1_000;

/** The last byte that one DynamoDB write unit pays for. */
const WRITE_UNIT_BYTES = 1_024;

/** A full day, polled every five minutes, as one item of a key-value store that counts names and values. */
export const dayItem: Figure = {
  name: "day-item",
  async measure({ isQuick }) {
    const world = createBenchWorld();
    const seeds = isQuick ? 100 : SEEDS;
    const items: number[] = [];
    const deflated: number[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const { day, readings } = fullDayOf(world, `day-${seed}`);
      const log = [...polledDay(day, readings, { intervalSeconds: POLL_SECONDS, seed })].at(-1) as DayLog;
      if (log.columns.length < 288) throw new Error("A full day holds 288 readings.");
      items.push(itemBytes(log, encodeDay(log).length, seed));
      deflated.push(itemBytes(log, deflateColumns(log).length, seed));
    }
    const what = `item of a full 288-reading day, 5-min polls, 36-character user id, names included`;
    return [
      {
        what: `${what}: worst of ${seeds} seeds`,
        value: Math.max(...items),
        unit: "B",
        target: atMost(WRITE_UNIT_BYTES),
        note: `median ${median(items)} B, least ${Math.min(...items)} B`,
      },
      {
        what: "the same content as columns of varints, deflated: worst",
        value: Math.max(...deflated),
        unit: "B",
        target: null,
        note: `median ${median(deflated)} B, least ${Math.min(...deflated)} B`,
      },
    ];
  },
};

/**
 * As DynamoDB counts: the UTF-8 bytes of every attribute's name and of its value; a number of n digits takes half as many bytes and one.
 * `day` is the sort key: the day and the source id.
 */
function itemBytes(log: DayLog, bytes: number, seed: number): number {
  const version = versionOf(log);
  const attributes: readonly (readonly [string, number])[] = [
    ["user", userIdOf(seed).length],
    ["day", `${formatDay(log.day)}#${SOURCE_ID}`.length],
    ["version", Math.ceil(String(version).length / 2) + 1],
    ["bytes", bytes],
  ];
  return attributes.reduce((sum, [name, value]) => sum + name.length + value, 0);
}

const SOURCE_ID = "k3v9q0x7m2b5c";
