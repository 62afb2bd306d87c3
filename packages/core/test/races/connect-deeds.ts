import type { Result } from "neverthrow";
import { connectByLogin } from "../../src/connection/login.ts";
import { finishOAuth, type OAuthDeps, startOAuth } from "../../src/connection/oauth.ts";
import type { SourceRecord } from "../../src/ports/source-record.ts";
import { anna, calm } from "../ingest-bench.ts";
import { wake } from "./race-owner.ts";
import { annasAccount } from "./race-people.ts";
import { grantName } from "./race-vendor.ts";
import { type Races, replicaOf } from "./races.ts";
import type { RaceDeed } from "./round.ts";
import type { Wish } from "./wish.ts";

type DeedOf<K extends RaceDeed["kind"]> = Extract<RaceDeed, { readonly kind: K }>;

const COOKIE = "the-cookie-of-annas-browser-43-characters-x";

export function logIn(races: Races, { replica, account: which }: DeedOf<"login">): Promise<void> {
  const { connect, loaded } = replicaOf(races, replica);
  const account = annasAccount(which);
  return races.wishes.make({ kind: "connect", account, begun: Infinity }, async (wish, own) => {
    const noted = notingReads(connect, () => {
      own.begun = Math.min(own.begun, races.wishes.next());
    });
    const name = grantName({ account, wish });
    return told(races, replica, await connectByLogin(noted, anna, loaded, { account: name, password: name }, calm));
  });
}

export async function start(races: Races, { replica }: DeedOf<"start">): Promise<void> {
  const { connect, loaded } = replicaOf(races, replica);
  let begun = Infinity;
  const noted = notingReads(connect, () => {
    begun = Math.min(begun, races.wishes.next());
  });
  const started = await startOAuth(noted, anna, loaded, { browserSecret: COOKIE }, calm);
  if (started.isOk()) races.starts.unshift({ state: started.value.state, begun });
}

export async function callBack(races: Races, deed: DeedOf<"callback">): Promise<void> {
  const { connect, loaded } = replicaOf(races, deed.replica);
  const started = races.starts[deed.start % Math.max(1, races.starts.length)];
  if (started === undefined) return;
  const { state, begun } = started;
  const account = annasAccount(deed.account);
  return races.wishes.make({ kind: "connect", account, begun }, async (wish) => {
    const query = new URLSearchParams({ state, code: grantName({ account, wish }) });
    const callbackUrl = new URL(`https://here.example/cb?${query}`);
    return told(races, deed.replica, await finishOAuth(connect, loaded, { callbackUrl, browserSecret: COOKIE }, calm));
  });
}

/** Hears of every time that the person's records have been read. */
function notingReads(connect: OAuthDeps, read: () => void): OAuthDeps {
  const recordsOf: OAuthDeps["connections"]["recordsOf"] = async (...asked) => {
    const answer = await connect.connections.recordsOf(...asked);
    read();
    return answer;
  };
  return { ...connect, connections: { ...connect.connections, recordsOf } };
}

async function told(races: Races, n: number, done: Result<{ readonly record: SourceRecord }, unknown>): Promise<Wish["answer"]> {
  if (done.isErr()) return "failed";
  await replicaOf(races, n).ingest.tellState(done.value.record, calm);
  await wake(races, n, done.value.record);
  return "ok";
}
