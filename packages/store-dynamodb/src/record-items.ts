import {
  type Instant,
  type ProviderName,
  type ScheduleEntry,
  type SourceId,
  type SourcePhase,
  type SourceRecord,
  type StoreError,
  shardOf,
  type UserId,
} from "@bg-ingest/core";
import { Result } from "neverthrow";
import { type VersionedItem, versioned, versionOf } from "./compare-and-set.ts";
import { recordKeyOf, scheduleKeyOf, sortKeyIn } from "./item-keys.ts";
import type { Item } from "./table.ts";

/** Where the schedule names a source. */
export function entryItemOf(record: SlimRecord): Item {
  const { phase, phaseSince } = record;
  return { ...scheduleKeyOf(shardOf(record.sourceId), record), phase: { S: phase }, phaseSince: { N: String(phaseSince) } };
}

export function entryIn(item: Item): ScheduleEntry {
  const [sourceId, userId, provider] = sortKeyIn(item).split("/");
  return {
    userId: userId as UserId,
    provider: provider as ProviderName,
    sourceId: sourceId as SourceId,
    phase: item["phase"]?.S as SourcePhase,
    phaseSince: Number(item["phaseSince"]?.N) as Instant,
  };
}

/** What no condition looks at stands in one text. */
export function recordItemOf({ userId, provider, sourceId, phase, phaseSince, version, ...rest }: SourceRecord): VersionedItem {
  return versioned(recordKeyOf({ userId, provider }), version, {
    sourceId: { S: sourceId },
    phase: { S: phase },
    phaseSince: { N: String(phaseSince) },
    rest: { S: JSON.stringify(rest) },
  });
}

type SlimRecord = Pick<SourceRecord, "userId" | "provider" | "sourceId" | "phase" | "phaseSince" | "version">;

export function slimRecordIn(item: Item): SlimRecord {
  return {
    userId: item["p"]?.S as UserId,
    provider: sortKeyIn(item).slice("#connection/".length) as ProviderName,
    sourceId: item["sourceId"]?.S as SourceId,
    phase: item["phase"]?.S as SourcePhase,
    phaseSince: Number(item["phaseSince"]?.N) as Instant,
    version: versionOf(item),
  };
}

export function recordIn(item: Item): Result<SourceRecord, StoreError> {
  const rest = parseRest(item["rest"]?.S ?? "");
  return rest.map((parsed) => ({ ...parsed, ...slimRecordIn(item) }));
}

const parseRest = Result.fromThrowable(
  (text: string) => JSON.parse(text) as Omit<SourceRecord, keyof SlimRecord>,
  (): StoreError => ({
    kind: "stop",
    message: "The record of a connection is damaged: it cannot be read. Put back a backup of the table.",
  }),
);
