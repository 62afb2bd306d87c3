import { connectByLogin } from "../../src/connection/login.ts";
import { keeps, same } from "../../src/testing/promise.ts";
import { anna, calm } from "../ingest-bench.ts";
import { tendOnce } from "./deeds.ts";
import { grantName } from "./race-vendor.ts";
import { type Races, recordOf, replicaOf } from "./races.ts";

/** Whatever was left, anna can connect again, and keeps what is hers. */
export async function checkUsable(races: Races): Promise<void> {
  const record = await recordOf(races, anna);
  const account = record?.accountId ?? "somebody-new";
  await tendOnce(races, 0);
  races.world.account(account);
  const { connect, loaded } = replicaOf(races, 0);
  const name = grantName({ account, wish: races.wishes.all.length });
  const done = await connectByLogin(connect, anna, loaded, { account: name, password: name }, calm);
  keeps("whoever comes back can connect", done.isOk(), JSON.stringify(done.isErr() ? done.error : null));
  if (record !== undefined) same("and keeps their source", done._unsafeUnwrap().record.sourceId, record.sourceId);
}
