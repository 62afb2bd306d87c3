import { type Call, SHARD_COUNT, type UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { OpenedStore } from "./open-store.ts";

/** As many shards are asked for at once. */
const AT_ONCE = 32;

/** Everybody of whom readings may be there, in order: whoever was connected and not erased. */
export async function usersOf({ connections }: OpenedStore, call: Call): Promise<Result<readonly UserId[], string>> {
  const users = new Set<UserId>();
  const inShard = async (shard: number): Promise<Result<void, string>> => {
    for await (const entry of connections.schedule(shard, call)) {
      if (entry.isErr()) return err(entry.error.message);
      if (entry.value.phase !== "erased") users.add(entry.value.userId);
    }
    return ok(undefined);
  };
  for (let first = 0; first < SHARD_COUNT; first += AT_ONCE) {
    const shards = Array.from({ length: Math.min(AT_ONCE, SHARD_COUNT - first) }, (_, n) => first + n);
    const failed = (await Promise.all(shards.map(inShard))).find((answer) => answer.isErr());
    if (failed?.isErr()) return err(failed.error);
  }
  return ok([...users].sort());
}
