import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { parseSourceId, parseUserId } from "@bg-ingest/core";
import { encodeDay } from "../../../packages/core/src/day/codec/day-codec.ts";
import { type DayLog, versionOf } from "../../../packages/core/src/day/day-log.ts";
import { dayItemOf } from "../../../packages/store-dynamodb/src/day-item.ts";
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

/** A full day, polled every five minutes, as the item of DynamoDB that it is: names and values count. */
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
      items.push(dayItemBytes(log, encodeDay(log), seed));
      deflated.push(dayItemBytes(log, deflateColumns(log), seed));
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

/** The item as the DynamoDB adapter writes it. */
function dayItemBytes(log: DayLog, bytes: Uint8Array, seed: number): number {
  const version = versionOf(log);
  const key = { userId: parseUserId(userIdOf(seed))._unsafeUnwrap(), day: log.day, sourceId: SOURCE_ID };
  return itemBytes(dayItemOf({ ...key, version, expectedVersion: version - 1, bytes }));
}

/**
 * As DynamoDB counts: the UTF-8 bytes of every attribute's name and of its value; a number takes a byte and one for every two digits.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
function itemBytes(item: ReturnType<typeof dayItemOf>): number {
  const valueBytes = ({ S = "", N, B }: AttributeValue): number =>
    Buffer.byteLength(S) + (N === undefined ? 0 : Math.ceil(N.length / 2) + 1) + (B?.length ?? 0);
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

/** As long as those that the service makes. */
const SOURCE_ID = parseSourceId("k3v9q0x7m2b5c")._unsafeUnwrap();
