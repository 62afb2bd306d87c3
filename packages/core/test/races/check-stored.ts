import type { SourceRecord } from "../../src/ports/source-record.ts";
import type { SourceId } from "../../src/reading/identifiers.ts";
import { EVERY_DAY } from "../../src/reading/instant.ts";
import { good, keeps, same } from "../../src/testing/promise.ts";
import { anna, calm } from "../ingest-bench.ts";
import { type Races, recordOf } from "./races.ts";
import { storedCredentials } from "./stored-credentials.ts";

/** Soon after the last round: whoever is connected is so wholly. */
export async function checkWhole(races: Races): Promise<void> {
  const record = await recordOf(races, anna);
  keeps("nothing is left half-connected", record?.phase !== "connecting", JSON.stringify(record));
  if (record?.phase !== "connected") return;
  const credentials = await storedCredentials(races, record.sourceId);
  same("whoever is connected has the credentials of their account", credentials?.account, record.accountId);
}

/** Days after the last round: all that was to go is gone. */
export async function checkSwept(races: Races): Promise<void> {
  const record = await recordOf(races, anna);
  for (const sourceId of races.made.filter((each) => each !== races.bensSource)) await checkSourceSwept(races, sourceId, record);
  keeps("a tombstone goes", record?.phase !== "erased", JSON.stringify(record));
  for await (const day of races.stores.readings.days(anna, EVERY_DAY, { order: "ascending", consistency: "strong" }, calm)) {
    same("only days of the living source are stored", good("days", day).sourceId, record?.sourceId);
  }
}

async function checkSourceSwept(races: Races, sourceId: SourceId, record: SourceRecord | undefined): Promise<void> {
  const isOfRecord = record?.sourceId === sourceId;
  const credentials = await storedCredentials(races, sourceId);
  const isLiving = isOfRecord && record.phase === "connected";
  keeps("no credentials stay of a source that is not connected", isLiving || credentials === undefined, `${sourceId}: ${record?.phase}`);
  const row = good("secrets", await races.stores.connections.secretsOf({ userId: anna, sourceId }, calm));
  const isKnown = isOfRecord && record.phase !== "erased";
  keeps("nothing stays of a source that is no more", isKnown || row === null, `${sourceId} has a row`);
}
