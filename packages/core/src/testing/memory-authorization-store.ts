import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import { type AuthorizationStore, MOST_PENDING_OF_USER, type PendingAuthorization } from "../ports/authorization-store.ts";
import type { Call } from "../ports/call.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Instant } from "../reading/instant.ts";
import { cancelled } from "./cancelled.ts";

/** The plainest store that keeps every promise of `AuthorizationStore` but that of outliving the process. */
export function createMemoryAuthorizationStore(): AuthorizationStore {
  let all: readonly PendingAuthorization[] = [];

  const begin = (pending: PendingAuthorization): void => {
    const waiting = [...all.filter(({ expiresAt }) => expiresAt > pending.begunAt), structuredClone(pending)];
    const ofUser = waiting.filter(({ userId }) => userId === pending.userId).sort((a, b) => a.begunAt - b.begunAt);
    const tooMany = ofUser.slice(0, Math.max(0, ofUser.length - MOST_PENDING_OF_USER));
    all = waiting.filter((each) => !tooMany.includes(each));
  };
  const waiting = (stateDigest: string, now: Instant): PendingAuthorization | null => {
    const found = all.find((each) => each.stateDigest === stateDigest);
    return found === undefined || found.expiresAt <= now ? null : structuredClone(found);
  };
  const take = (stateDigest: string, now: Instant): PendingAuthorization | null => {
    const taken = waiting(stateDigest, now);
    all = all.filter((each) => each.stateDigest !== stateDigest);
    return taken;
  };

  return {
    begin: (pending, call) => answer(call, () => begin(pending)),
    waiting: (stateDigest, now, call) => answer(call, () => waiting(stateDigest, now)),
    take: (stateDigest, now, call) => answer(call, () => take(stateDigest, now)),
    eraseUser: (userId, call) =>
      answer(call, () => {
        all = all.filter((each) => each.userId !== userId);
      }),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}
