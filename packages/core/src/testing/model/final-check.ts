import { decodeDay } from "../../day/codec/day-codec.ts";
import { readReading } from "../../day/columns.ts";
import { currentVersions } from "../../day/current.ts";
import { type DayLog, versionOf } from "../../day/day-log.ts";
import { recordedEvents } from "../../event/recorded-events.ts";
import type { Call } from "../../ports/call.ts";
import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { ReadingStore } from "../../ports/reading-store.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { SourceId, UserId } from "../../reading/identifiers.ts";
import { dayOf, EVERY_DAY, formatInstant, type Instant } from "../../reading/instant.ts";
import type { Reading } from "../../reading/reading.ts";
import { good, keeps, same } from "../promise.ts";
import type { ProviderWorld } from "../world/provider-world.ts";
import type { Shown } from "../world/truth.ts";
import type { WorldAccount } from "../world/world-account.ts";
import type { Eye } from "./eye.ts";
import { PEOPLE } from "./people.ts";
import type { StoresUnderTest } from "./stores-under-test.ts";

const calm: Call = { signal: new AbortController().signal };

interface StoredLog {
  readonly sourceId: SourceId;
  readonly log: DayLog;
}

async function logsOf(readings: ReadingStore, userId: UserId): Promise<readonly StoredLog[]> {
  const logs: StoredLog[] = [];
  for await (const day of readings.days(userId, EVERY_DAY, { order: "ascending", consistency: "strong" }, calm)) {
    const stored = good("days can be read", day);
    logs.push({ sourceId: stored.sourceId, log: good("a day can be decoded", decodeDay(stored.bytes, stored.day)) });
  }
  return logs;
}

function readingsOf(logs: readonly StoredLog[]): ReadonlyMap<Instant, Reading> {
  const readings = new Map<Instant, Reading>();
  for (const { log } of logs) {
    for (const index of currentVersions(log.columns)) {
      const reading = readReading(log.columns, index, log.day);
      readings.set(reading.at, reading);
    }
  }
  return readings;
}

/** Everything that the vendor showed when the backfill began, from `doneFrom` on, has to be stored, or be known to be unreadable. */
export async function checkBackfill(
  readings: ReadingStore,
  account: WorldAccount,
  before: SourceRecord,
  record: SourceRecord,
): Promise<void> {
  const [was, is] = [before.backfill, record.backfill];
  if (!was?.span || !is?.span || was.startedAt !== is.startedAt || was.span.doneFrom <= is.span.doneFrom) return;
  const stored = readingsOf((await logsOf(readings, record.userId)).filter(({ sourceId }) => sourceId === record.sourceId));
  const shown = account.truth.asOf((is.startedAt - LONGEST_STALE_SECONDS) as Instant, { from: is.span.doneFrom, to: was.span.doneFrom });
  for (const { at, what } of shown) {
    if ("reason" in what || isInGap(record, at)) continue;
    keeps("a backfill's progress is never beyond what is stored", stored.has(at), `${formatInstant(at)} is missing`);
  }
}

/** The longest that answers are stale, and a clock that is ahead while they are. */
const LONGEST_STALE_SECONDS = 28 * 3_600;

function isInGap(record: SourceRecord, at: Instant): boolean {
  return record.gaps.some(({ from, to }) => at >= from && at < to);
}

/** Whoever is connected has credentials; of whoever has left none are kept. */
export async function checkCredentials(connections: ConnectionStore): Promise<void> {
  for (const user of PEOPLE) {
    for (const record of good("records can be read", await connections.recordsOf(user, calm))) {
      const stored = good("secrets can be read", await connections.secretsOf(record, calm));
      const isHeld = stored !== null && stored.sealed !== null;
      if (record.phase === "connected") keeps("a connected source has its credentials", isHeld, record.sourceId);
      if (record.phase === "disconnected") keeps("no credentials are kept of a disconnected source", !isHeld, record.sourceId);
    }
  }
}

export interface Healed {
  readonly stores: StoresUnderTest;
  readonly eye: Eye;
  readonly world: ProviderWorld;
  readonly now: Instant;
}

/** After everything was well for long enough. */
export async function checkPeople(healed: Healed): Promise<void> {
  for (const userId of PEOPLE) {
    const records = good("records can be read", await healed.stores.connections.recordsOf(userId, calm));
    const logs = await logsOf(healed.stores.readings, userId);
    const record = records.find(({ phase }) => phase !== "erased");
    for (const { sourceId } of logs) {
      keeps(
        "nobody who was erased comes back",
        sourceId === record?.sourceId && !healed.eye.ended.has(sourceId),
        `days of ${sourceId} are stored`,
      );
    }
    for (const sourceId of healed.eye.ended) await checkErased(healed, userId, sourceId);
    if (record === undefined) continue;
    for (const { log } of logs) checkEvents(healed.eye, record, log);
    if (record.phase === "connected") await checkReadings(healed, record, readingsOf(logs));
  }
}

async function checkErased({ stores }: Healed, userId: UserId, sourceId: SourceId): Promise<void> {
  const secrets = good("secrets can be read", await stores.connections.secretsOf({ userId, sourceId }, calm));
  keeps("an erased person's credentials are gone", secrets === null, "there are some");
  same("an erased person's records that were set aside are gone", await countAside(stores, userId, sourceId), 0);
}

async function countAside(stores: StoresUnderTest, userId: UserId, sourceId: SourceId): Promise<number> {
  return good("set-aside records are counted", await stores.connections.countSetAside({ userId, sourceId }, calm));
}

function checkEvents(eye: Eye, record: SourceRecord, log: DayLog): void {
  const { userId, sourceId } = record;
  const published = eye.publishedOf({ userId, sourceId, day: log.day });
  same("every commit is published", [log.day, published], [log.day, versionOf(log)]);
  for (const event of recordedEvents(record, log, 0)) {
    same("an event says what its commit says", eye.events.get(event.id), JSON.stringify(event));
  }
}

async function checkReadings(healed: Healed, record: SourceRecord, stored: ReadonlyMap<Instant, Reading>): Promise<void> {
  const { userId } = record;
  const account = healed.world.account(userId);
  for (const { device, at } of stored.values()) same("a reading is its own person's", [at, device], [at, userId]);
  const from = (record.connectedAt - 86_400) as Instant;
  const until = (healed.now - 2 * 3_600) as Instant;
  const shown = account.truth.asOf(healed.now, { from, to: until });
  for (const { at, what } of shown) {
    if ("reason" in what) continue;
    const reading = stored.get(at);
    keeps("no reading is lost", reading !== undefined, `${formatInstant(at)} of ${userId} is missing`);
    same("the vendor's last word stands", [at, reading?.mgdl], [at, what.value]);
  }
  same("what can be read again is no gap any more", record.gaps, []);
  for (const at of stored.keys()) {
    const isTrue = account.truth.asOf(healed.now, { from: at, to: (at + 1) as Instant }).length === 1;
    keeps("no reading is made up", isTrue, `${formatInstant(at)} of ${userId} was never shown`);
  }
  const garbage = shown.filter(isGarbage).length;
  const aside = await countAside(healed.stores, userId, record.sourceId);
  keeps("every refused record is kept", aside >= garbage, `${aside} of ${garbage} are kept; today is ${dayOf(healed.now)}`);
}

function isGarbage({ what }: Shown): boolean {
  return "reason" in what;
}
