import type { ConnectionStore, Instant, ProviderName, ScheduleEntry, SourceId, SourcePhase, UserId } from "@bg-ingest/core";
import { scheduleOf, sortKeyIn } from "./item-keys.ts";
import { query } from "./query.ts";
import type { Item, Table } from "./table.ts";

export function createSchedule(table: Table): Pick<ConnectionStore, "schedule"> {
  return {
    async *schedule(shard, call) {
      const items = query(table, scheduleOf(shard), { ConsistentRead: true, firstPage: null }, call);
      for await (const item of items) yield item.map(entryIn);
    },
  };
}

function entryIn(item: Item): ScheduleEntry {
  const [sourceId, userId, provider] = sortKeyIn(item).split("/");
  return {
    userId: userId as UserId,
    provider: provider as ProviderName,
    sourceId: sourceId as SourceId,
    phase: item["phase"]?.S as SourcePhase,
    phaseSince: Number(item["phaseSince"]?.N) as Instant,
  };
}
