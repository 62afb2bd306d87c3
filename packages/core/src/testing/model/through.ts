import { err, ok, type Result } from "neverthrow";
import type { CgmProvider, FetchPages } from "../../ports/cgm-provider.ts";
import type { Chance } from "../../ports/chance.ts";
import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { ReadingStore } from "../../ports/reading-store.ts";
import type { StoreError } from "../../ports/store-error.ts";
import { type Faults, faring } from "./fault-mode.ts";
import { CRASH, type Mortal } from "./mortal.ts";
import type { Turnstile } from "./turnstile.ts";

/** How the calls of one process get to what is outside of it. */
export interface Through {
  call<T>(act: () => PromiseLike<T>): Promise<T>;
}

/** What was under way when its process died may still happen; nobody hears of it. */
export function createThrough(mortal: Mortal, turnstile: Turnstile, chance: Chance): Through {
  return {
    async call(act) {
      mortal.moment();
      const answer = await turnstile.pass(async () => {
        if (mortal.isDead && chance() < 0.5) throw CRASH;
        return act();
      });
      mortal.moment();
      return answer;
    },
  };
}

export function readingsThrough(through: Through, readings: ReadingStore, faults: Faults, chance: Chance): ReadingStore {
  const ask = <T>(act: () => PromiseLike<Result<T, StoreError>>) => through.call(() => faring(faults, chance, act));
  return {
    days: (userId, span, read, call) => itemsThrough(ask, () => readings.days(userId, span, read, call)),
    getDays: (keys, call) => ask(() => readings.getDays(keys, call)),
    putDays: (puts, call) => ask(() => readings.putDays(puts, call)),
    eraseSource: (userId, sourceId, call) => ask(() => readings.eraseSource(userId, sourceId, call)),
  };
}

export function connectionsThrough(through: Through, store: ConnectionStore, faults: Faults, chance: Chance): ConnectionStore {
  const ask = <T>(act: () => PromiseLike<Result<T, StoreError>>) => through.call(() => faring(faults, chance, act));
  return {
    recordsOf: (userId, call) => ask(() => store.recordsOf(userId, call)),
    replaceRecord: (record, expectedVersion, call) => ask(() => store.replaceRecord(record, expectedVersion, call)),
    removeRecord: (userId, provider, expectedVersion, call) => ask(() => store.removeRecord(userId, provider, expectedVersion, call)),
    schedule: (shard, call) => itemsThrough(ask, () => store.schedule(shard, call)),
    secretsOf: (source, call) => ask(() => store.secretsOf(source, call)),
    replaceSecrets: (source, secrets, call) => ask(() => store.replaceSecrets(source, secrets, call)),
    setAside: (source, records, call) => ask(() => store.setAside(source, records, call)),
    setAsideOf: (source, page, call) => ask(() => store.setAsideOf(source, page, call)),
    countSetAside: (source, call) => ask(() => store.countSetAside(source, call)),
    eraseSource: (source, call) => ask(() => store.eraseSource(source, call)),
  };
}

type Ask = <T>(act: () => PromiseLike<Result<T, StoreError>>) => Promise<Result<T, StoreError>>;

/** One call brings all items: what happens between two of them is the adapter's contract. */
async function* itemsThrough<T>(ask: Ask, items: () => AsyncIterable<Result<T, StoreError>>): AsyncGenerator<Result<T, StoreError>> {
  const all: Result<T, StoreError>[] = [];
  const asked = await ask<void>(async () => {
    for await (const item of items()) all.push(item);
    return ok(undefined);
  });
  if (asked.isErr()) yield err(asked.error);
  else yield* all;
}

export function busThrough(through: Through, bus: EventBus): EventBus {
  return { publish: (events, call) => through.call(() => bus.publish(events, call)) };
}

export function providerThrough(through: Through, loaded: LoadedProvider): LoadedProvider {
  const { poll, backfill, login, webhook } = loaded.provider;
  const provider: CgmProvider = {
    ...(webhook === undefined ? {} : { webhook }),
    ...(poll === undefined ? {} : { poll: { fetchPages: pagesThrough(through, poll.fetchPages) } }),
    ...(backfill === undefined
      ? {}
      : {
          backfill: {
            fetchPages: pagesThrough(through, backfill.fetchPages),
            availableSpan: (credentials, call) => through.call(() => backfill.availableSpan(credentials, call)),
          },
        }),
    ...(login === undefined
      ? {}
      : { login: { ...login, renew: (credentials, call) => through.call(() => login.renew(credentials, call)) } }),
  };
  return { ...loaded, provider };
}

function pagesThrough(through: Through, fetchPages: FetchPages): FetchPages {
  return async function* pages(request, call) {
    const iterator = fetchPages(request, call)[Symbol.asyncIterator]();
    for (;;) {
      const next = await through.call(() => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  };
}
