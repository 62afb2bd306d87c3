import { connectByLogin } from "../../src/connection/login.ts";
import type { SourceRecord } from "../../src/ports/source-record.ts";
import { good, keeps, same } from "../../src/testing/promise.ts";
import { calm } from "../ingest-bench.ts";
import { ben } from "./race-people.ts";
import { grantName } from "./race-vendor.ts";
import { type Races, recordOf, replicaOf } from "./races.ts";

/** Before the first round, while all is well. */
export async function connectBen(races: Races): Promise<SourceRecord> {
  const { connect, loaded } = replicaOf(races, 0);
  const name = grantName({ account: ben, wish: 0 });
  const connected = await connectByLogin(connect, ben, loaded, { account: name, password: name }, calm);
  const { record } = good(
    "ben is connected",
    connected.mapErr(({ kind }) => ({ kind, message: kind })),
  );
  races.bensSource = record.sourceId;
  return record;
}

/** Held against his record as it was when he was connected. */
export async function checkBen(races: Races, { sourceId, phaseSince }: SourceRecord): Promise<void> {
  const record = await recordOf(races, ben);
  same("nobody else is touched", [record?.sourceId, record?.phase, record?.phaseSince], [sourceId, "connected", phaseSince]);
  const secrets = good("secrets", await races.stores.connections.secretsOf({ userId: ben, sourceId }, calm));
  keeps("nobody else loses their credentials", (secrets?.sealed ?? null) !== null, "they are gone");
}
