import { disconnectSource } from "../../src/connection/disconnect.ts";
import type { Instant } from "../../src/reading/instant.ts";
import { anna, calm } from "../ingest-bench.ts";
import { callBack, logIn, start } from "./connect-deeds.ts";
import { wake } from "./race-owner.ts";
import { type Races, recordOf, replicaOf } from "./races.ts";
import type { RaceDeed } from "./round.ts";

export async function perform(races: Races, deed: RaceDeed): Promise<void> {
  switch (deed.kind) {
    case "login":
      return logIn(races, deed);
    case "start":
      return start(races, deed);
    case "callback":
      return callBack(races, deed);
    case "disconnect":
      return disconnect(races, deed.replica);
    case "erase":
      return erase(races, deed.replica);
    case "tend":
      return tendOnce(races, deed.replica);
  }
}

function disconnect(races: Races, n: number): Promise<void> {
  const { connect, ingest, loaded, nowMs } = replicaOf(races, n);
  return races.wishes.make({ kind: "disconnect", account: null, begun: races.wishes.next() }, async () => {
    const living = (await connect.connections.recordsOf(anna, calm)).unwrapOr([]).find(({ phase }) => phase !== "erased");
    if (living === undefined) return "nothing";
    const now = Math.floor(nowMs() / 1000) as Instant;
    const left = await disconnectSource(connect.connections, anna, loaded.name, now, calm);
    await wake(races, n, living);
    if (left.isErr()) return "failed";
    if (left.value === null) return "nothing";
    await ingest.tellState(left.value.record, calm);
    return left.value.undeleted === null ? "ok" : "failed";
  });
}

function erase(races: Races, n: number): Promise<void> {
  const { connect, ingest } = replicaOf(races, n);
  return races.wishes.make({ kind: "erase", account: null, begun: races.wishes.next() }, async () => {
    const records = await connect.connections.recordsOf(anna, calm);
    if (records.isErr()) return "failed";
    const erased = await ingest.erase(anna, calm);
    for (const record of records.value) await wake(races, n, record);
    if (erased.isErr()) return "failed";
    return erased.value === "erased" ? "ok" : "nothing";
  });
}

/** Asked for by somebody, whoever the owner is. */
export async function tendOnce(races: Races, n: number): Promise<void> {
  const record = await recordOf(races, anna);
  if (record !== undefined) await replicaOf(races, n).ingest.tend(record, "history", calm);
}
