import { SHARD_COUNT } from "../../ports/connection-store.ts";
import { shardOf } from "../../ports/shard.ts";
import { same } from "../promise.ts";
import { abortedCall, annaCgm, instantAt, recordOf, sourceOf, sourcesOfShard, userOf } from "../samples.ts";
import type { ConnectionCases } from "./connection-cases.ts";
import { bySource, entriesOf, entryOf, replace } from "./store-questions.ts";

export const scheduleCases: ConnectionCases = {
  "every source stands in the schedule of its shard, and in no other": async ({ port }) => {
    const all = Array.from({ length: 40 }, (_, n) =>
      recordOf({ userId: userOf(`user-${n}`), sourceId: sourceOf(`spread${n}`.padEnd(10, "0")) }),
    );
    await Promise.all(all.map((record) => replace(port, record, 0)));
    for (let shard = 0; shard < SHARD_COUNT; shard++) {
      const expected = all.filter(({ sourceId }) => shardOf(sourceId) === shard).map(entryOf);
      same(`shard ${shard} holds its own sources`, (await entriesOf(port, shard)).sort(bySource), expected.sort(bySource));
    }
  },
  "the schedule follows the record": async ({ port }) => {
    for (const [version, phase] of (["connecting", "connected", "disconnected", "erased"] as const).entries()) {
      const record = recordOf({ phase, phaseSince: instantAt(1_745_000_000 + version), version: version + 1 });
      await replace(port, record, version);
      same(`it shows ${phase}`, await entriesOf(port, shardOf(annaCgm)), [entryOf(record)]);
      await replace(port, recordOf({ phase: "connected" }), 99);
      same("a conflict changes no entry", await entriesOf(port, shardOf(annaCgm)), [entryOf(record)]);
    }
  },
  "a crowded shard comes whole, each source once": async ({ port }) => {
    const ids = sourcesOfShard(7, 700);
    await Promise.all(ids.map((sourceId, n) => replace(port, recordOf({ userId: userOf(`user-${n}`), sourceId }), 0)));
    const found = (await entriesOf(port, 7)).map(({ sourceId }) => sourceId).sort();
    same("all 700 sources", found, [...ids].sort());
  },
  "a cancelled schedule ends with an error, and never throws": async ({ port }) => {
    await replace(port, recordOf(), 0);
    const kinds: string[] = [];
    for await (const item of port.schedule(shardOf(annaCgm), abortedCall())) kinds.push(item.isOk() ? "ok" : "err");
    same("the error comes alone", kinds, ["err"]);
  },
};
