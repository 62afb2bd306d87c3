import { ok, type Result } from "neverthrow";
import type { ConnectDeps } from "../src/connection/connect-deps.ts";
import { disconnectSource } from "../src/connection/disconnect.ts";
import { connectByLogin } from "../src/connection/login.ts";
import { finishOAuth, type OAuthDeps, startOAuth } from "../src/connection/oauth.ts";
import { openSecrets } from "../src/connection/secrets.ts";
import type { Tended } from "../src/ingest/due.ts";
import { createIngest, type Ingest } from "../src/ingest/ingest.ts";
import type { IngestDeps } from "../src/ingest/source/ingest-deps.ts";
import type { AuthorizationStore } from "../src/ports/authorization-store.ts";
import type { Grant } from "../src/ports/cgm-provider.ts";
import type { LoadedProvider } from "../src/ports/loaded-provider.ts";
import type { SourceRecord } from "../src/ports/source-record.ts";
import type { StoreError } from "../src/ports/store-error.ts";
import type { SourceId, UserId } from "../src/reading/identifiers.ts";
import { EVERY_DAY, type Instant } from "../src/reading/instant.ts";
import { createMemoryAuthorizationStore } from "../src/testing/memory-authorization-store.ts";
import { createMemoryConnectionStore } from "../src/testing/memory-connection-store.ts";
import { createMemoryEventBus } from "../src/testing/memory-event-bus.ts";
import { createMemoryReadingStore } from "../src/testing/memory-reading-store.ts";
import { memoryVault } from "../src/testing/memory-vault.ts";
import { type FaultMode, type Faults, faring } from "../src/testing/model/fault-mode.ts";
import { CRASH, createMortal, type Mortal } from "../src/testing/model/mortal.ts";
import { plainDigest } from "../src/testing/model/plain-digest.ts";
import { busThrough, connectionsThrough, createThrough, readingsThrough, type Through } from "../src/testing/model/through.ts";
import { createTurnstile } from "../src/testing/model/turnstile.ts";
import { good, keeps, same } from "../src/testing/promise.ts";
import { seededChance } from "../src/testing/seeded-chance.ts";
import { createProviderWorld } from "../src/testing/world/provider-world.ts";
import { anna, calm } from "./ingest-bench.ts";

/** What befalls one person's connection; `replica` is 0 or 1, the second one's clock is ahead. */
export type RaceDeed =
  | { readonly kind: "login"; readonly replica: number; readonly account: number }
  | { readonly kind: "start"; readonly replica: number }
  /** `start`: of those that were answered, counted from the newest. */
  | { readonly kind: "callback"; readonly replica: number; readonly start: number; readonly account: number }
  | { readonly kind: "disconnect"; readonly replica: number }
  | { readonly kind: "erase"; readonly replica: number }
  | { readonly kind: "tend"; readonly replica: number };

export interface Round {
  readonly seed: number;
  readonly deeds: readonly RaceDeed[];
  /** After so many moments of this round the replica dies; `null`: nobody does. */
  readonly dies: { readonly replica: number; readonly moments: number } | null;
  /** How the store is; from that many calls of it on, counted from 1, so many are answered so. */
  readonly store: { readonly from: number; readonly count: number; readonly mode: FaultMode };
  /** Is waited before the next round, while the owners tend. */
  readonly seconds: number;
}

const ben = "ben" as UserId;
const START_MS = Date.UTC(2025, 3, 23, 12, 0, 0);
const AHEAD_MS = 30_000;
const LOOK_MS = 300_000;
const HOUR = 3_600;
export const CALM_STORE: Round["store"] = { from: 0, count: 0, mode: "there" };
const ACCOUNTS = ["anna", "annas-other"] as const;
const COOKIE = "the-cookie-of-annas-browser-43-characters-x";

interface Replica {
  readonly mortal: Mortal;
  readonly ingest: Ingest;
  readonly connect: OAuthDeps;
  readonly nowMs: () => number;
  readonly due: Map<SourceId, number>;
  readonly met: Map<SourceId, string>;
  readonly loaded: LoadedProvider;
}

/** Somebody's wish, and when it was begun and answered, in the order of all that happens. */
interface Wish {
  readonly kind: "connect" | "disconnect" | "erase";
  /** When the person's records had been read for it: whoever is erased later does not come back by it. */
  begun: number;
  ended: number;
  answer: "ok" | "nothing" | "failed" | "died";
  readonly account: string | null;
}

export async function holdRaces(rounds: readonly Round[]): Promise<void> {
  let passedMs = 0;
  let moments = 0;
  const chance = seededChance(rounds[0]?.seed ?? 0);
  const raw = {
    readings: createMemoryReadingStore(),
    connections: createMemoryConnectionStore(),
    authorizations: createMemoryAuthorizationStore(),
    bus: createMemoryEventBus(),
  };
  const world = createProviderWorld({
    clock: { nowMs: () => START_MS + passedMs },
    capabilities: ["login", "oauth", "poll", "webhook"],
    traits: { cadenceSeconds: 1_800 },
  });
  for (const account of [...ACCOUNTS, ben]) {
    world.account(account).measure({ at: (START_MS / 1000 - 600) as Instant, mgdl: 100 });
  }
  let store: Round["store"] = CALM_STORE;
  let calls = 0;
  const faults: Faults = {
    get mode() {
      return calls >= store.from && calls < store.from + store.count ? store.mode : "there";
    },
    late: [],
  };
  const turnstile = createTurnstile();
  const wishes: Wish[] = [];
  const made: SourceId[] = [];
  const starts: { readonly state: string; readonly begun: number }[] = [];
  let names = 0;
  let tends = 0;

  const next = (): number => ++moments;
  const ownerOf = (sourceId: SourceId): number => Number(sourceId.slice(6)) % 2;
  const recordOf = async (userId: UserId) => good("records can be read", await raw.connections.recordsOf(userId, calm))[0];

  function loadedThrough(through: Through): LoadedProvider {
    const { login, oauth, ...others } = world.loaded.provider;
    if (login === undefined || oauth === undefined) throw new Error("no way to connect");
    return {
      ...world.loaded,
      provider: {
        ...others,
        login: { ...login, login: (fields) => through.call(async () => ok(grantOf(fields["account"] ?? ""))) },
        oauth: {
          ...oauth,
          exchangeCode: ({ callbackUrl }) => through.call(async () => ok(grantOf(callbackUrl.searchParams.get("code") ?? ""))),
        },
      },
    };
  }

  /** `name`: the account, and the wish that it is granted to. */
  function grantOf(name: string): Grant {
    const [account = "", wish = ""] = name.split("/");
    const { credentials, ...grant } = world.grantOf(account);
    return { ...grant, credentials: { ...credentials, value: { ...(credentials.value as object), wish: Number(wish) } } };
  }

  function createReplica(n: number): Replica {
    const mortal = createMortal();
    const one = createThrough(mortal, turnstile, chance);
    const through: Through = {
      call: (act) =>
        one.call(() => {
          calls++;
          return act();
        }),
    };
    const ask = <T>(act: () => PromiseLike<Result<T, StoreError>>) => through.call(() => faring(faults, chance, act));
    const loaded = loadedThrough(through);
    const nowMs = () => START_MS + passedMs + n * AHEAD_MS;
    const authorizations: AuthorizationStore = {
      begin: (pending, call) => ask(() => raw.authorizations.begin(pending, call)),
      waiting: (digest, now, call) => ask(() => raw.authorizations.waiting(digest, now, call)),
      take: (digest, now, call) => ask(() => raw.authorizations.take(digest, now, call)),
      eraseUser: (userId, call) => ask(() => raw.authorizations.eraseUser(userId, call)),
    };
    const common = {
      connections: connectionsThrough(through, raw.connections, faults, chance),
      authorizations,
      vault: memoryVault,
      clock: { nowMs, monotonicMs: () => passedMs },
      budget: { take: async () => ({ kind: "granted" }) as const },
      digest: plainDigest,
      checkpoint: () => mortal.moment(),
    };
    const ingestDeps: IngestDeps = {
      ...common,
      replica: `replica-${n}-${++names}`,
      readings: readingsThrough(through, raw.readings, faults, chance),
      bus: busThrough(through, raw.bus),
      queue: { eraseSource: async () => ok(undefined) },
      providers: new Map([[loaded.name, loaded]]),
      chance,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      settings: { pollIntervalSeconds: 12 * HOUR, backoff: { firstSeconds: 10, longestSeconds: 900 } },
    };
    const connect: OAuthDeps & ConnectDeps = {
      ...common,
      newSourceId() {
        const sourceId = `source${String(made.length + 1).padStart(7, "0")}` as SourceId;
        made.push(sourceId);
        return sourceId;
      },
      newConnectId: () => `connect-${++names}`,
      newWebhookSecret: () => `whsec_${++names}`,
      newState: () => `state-${++names}-${"x".repeat(40)}`,
      backfillSeconds: null,
    };
    return { mortal, ingest: createIngest(ingestDeps), connect, nowMs, due: new Map(), met: new Map(), loaded };
  }

  const replicas = [createReplica(0), createReplica(1)];
  const replicaOf = (n: number) => replicas[n % 2] as Replica;

  /** As the host's scheduler: whoever is not the owner tends once, and the owner looks. */
  async function wake(n: number, { userId, sourceId }: Pick<SourceRecord, "userId" | "sourceId">): Promise<void> {
    replicaOf(n).ingest.forget(sourceId);
    if (ownerOf(sourceId) === n % 2) replicaOf(n).due.set(sourceId, passedMs);
    else await replicaOf(n).ingest.tend({ userId, sourceId }, "history", calm);
  }

  async function look(n: number): Promise<void> {
    const { met, due, ingest } = replicaOf(n);
    const found = new Set<SourceId>();
    for (const user of [anna, ben]) {
      for (const record of good("records can be read", await raw.connections.recordsOf(user, calm))) {
        const { sourceId } = record;
        if (ownerOf(sourceId) !== n) continue;
        found.add(sourceId);
        if (met.get(sourceId) === metAs(record)) continue;
        if (met.has(sourceId)) ingest.forget(sourceId);
        met.set(sourceId, metAs(record));
        due.set(sourceId, passedMs);
      }
    }
    for (const sourceId of met.keys()) if (!found.has(sourceId)) met.delete(sourceId);
  }

  async function tend(n: number, sourceId: SourceId): Promise<void> {
    const replica = replicaOf(n);
    const userId = sourceId === bensSource ? ben : anna;
    const nextAtMs = earliest(await replica.ingest.tend({ userId, sourceId }, "history", calm));
    tends++;
    if (nextAtMs === null) replica.due.delete(sourceId);
    else replica.due.set(sourceId, passedMs + Math.max(0, nextAtMs - replica.nowMs()));
  }

  async function run(seconds: number): Promise<void> {
    const untilMs = passedMs + seconds * 1000;
    const tendsBefore = tends;
    for (;;) {
      for (const n of [0, 1]) {
        await look(n);
        for (const [sourceId, at] of [...replicaOf(n).due]) if (at <= passedMs) await tend(n, sourceId);
        (await replicaOf(n).ingest.drain(calm)).unwrapOr(undefined);
        await replicaOf(n).ingest.storeRenewed();
      }
      keeps("nobody is kept busy for nothing", tends - tendsBefore < 60 + seconds / 60, `${tends - tendsBefore} tends in ${seconds} s`);
      await checkConnecting();
      if (passedMs >= untilMs) return;
      const dueMs = Math.min(...replicas.flatMap(({ due }) => [...due.values()]));
      const isStill = await isAllMet();
      passedMs = Math.min(untilMs, Math.max(passedMs + 1_000, isStill ? dueMs : Math.min(dueMs, passedMs + LOOK_MS)));
    }
  }

  async function isAllMet(): Promise<boolean> {
    const records = [await recordOf(anna), await recordOf(ben)];
    return records.every(
      (record) => record === undefined || replicaOf(ownerOf(record.sourceId)).met.get(record.sourceId) === metAs(record),
    );
  }

  let connectingSinceMs: number | null = null;
  async function checkConnecting(): Promise<void> {
    const record = await recordOf(anna);
    if (record?.phase !== "connecting") connectingSinceMs = null;
    else connectingSinceMs ??= passedMs;
    const forMs = connectingSinceMs === null ? 0 : passedMs - connectingSinceMs;
    keeps("nothing is being connected for longer than two hours", forMs <= 2 * HOUR * 1000 + LOOK_MS, `${forMs / 1000} s`);
  }

  async function wish(
    kind: Wish["kind"],
    account: string | null,
    begun: number,
    act: (index: number, own: Wish) => Promise<Wish["answer"]>,
  ) {
    const own: Wish = { kind, begun, ended: Infinity, answer: "died", account };
    wishes.push(own);
    own.answer = await act(wishes.length - 1, own);
    own.ended = next();
  }

  function noting(connect: OAuthDeps, read: () => void): OAuthDeps {
    const recordsOf: OAuthDeps["connections"]["recordsOf"] = async (...asked) => {
      const answer = await connect.connections.recordsOf(...asked);
      read();
      return answer;
    };
    return { ...connect, connections: { ...connect.connections, recordsOf } };
  }

  async function deed(what: RaceDeed): Promise<void> {
    const n = what.replica % 2;
    const { connect, ingest, loaded, nowMs } = replicaOf(n);
    const seconds = () => Math.floor(nowMs() / 1000) as Instant;
    switch (what.kind) {
      case "login": {
        const account = ACCOUNTS[what.account % 2] as string;
        return wish("connect", account, Infinity, async (index, own) => {
          const name = `${account}/${index}`;
          const noted = noting(connect, () => {
            own.begun = Math.min(own.begun, next());
          });
          const done = await connectByLogin(noted, anna, loaded, { account: name, password: name }, calm);
          return afterConnect(n, done);
        });
      }
      case "start": {
        let begun = Infinity;
        const noted = noting(connect, () => {
          begun = Math.min(begun, next());
        });
        const started = await startOAuth(noted, anna, loaded, { browserSecret: COOKIE }, calm);
        if (started.isOk()) starts.unshift({ state: started.value.state, begun });
        return;
      }
      case "callback": {
        const start = starts[what.start % Math.max(1, starts.length)];
        if (start === undefined) return;
        const account = ACCOUNTS[what.account % 2] as string;
        return wish("connect", account, start.begun, async (index) => {
          const callbackUrl = new URL(
            `https://here.example/cb?${new URLSearchParams({ state: start.state, code: `${account}/${index}` })}`,
          );
          return afterConnect(n, await finishOAuth(connect, loaded, { callbackUrl, browserSecret: COOKIE }, calm));
        });
      }
      case "disconnect":
        return wish("disconnect", null, next(), async () => {
          const living = (await connect.connections.recordsOf(anna, calm)).unwrapOr([]).find(({ phase }) => phase !== "erased");
          if (living === undefined) return "nothing";
          const left = await disconnectSource(connect.connections, anna, loaded.name, seconds(), calm);
          await wake(n, living);
          if (left.isErr()) return "failed";
          if (left.value === null) return "nothing";
          await ingest.tellState(left.value.record, calm);
          return left.value.undeleted === null ? "ok" : "failed";
        });
      case "erase":
        return wish("erase", null, next(), async () => {
          const records = await connect.connections.recordsOf(anna, calm);
          if (records.isErr()) return "failed";
          const erased = await ingest.erase(anna, calm);
          for (const record of records.value) await wake(n, record);
          if (erased.isErr()) return "failed";
          return erased.value === "erased" ? "ok" : "nothing";
        });
      case "tend": {
        const record = await recordOf(anna);
        if (record !== undefined) await ingest.tend(record, "history", calm);
        return;
      }
    }
  }

  async function afterConnect(n: number, done: Result<{ readonly record: SourceRecord }, unknown>): Promise<Wish["answer"]> {
    if (done.isErr()) return "failed";
    await replicaOf(n).ingest.tellState(done.value.record, calm);
    await wake(n, done.value.record);
    return "ok";
  }

  async function mortally(act: () => Promise<void>): Promise<void> {
    await act().catch((thrown: unknown) => {
      if (thrown !== CRASH) throw thrown;
    });
  }

  async function landLate(): Promise<void> {
    for (let act = faults.late.shift(); act !== undefined; act = faults.late.shift()) await act();
  }

  async function round({ seed, deeds, dies, store: given, seconds }: Round): Promise<void> {
    store = given;
    calls = 0;
    // Whoever dies, or does not hear from the store, may leave what they have begun, from now on.
    if (dies !== null || store.count > 0) connectingSinceMs = null;
    if (dies !== null) replicaOf(dies.replica).mortal.dieIn(dies.moments);
    await turnstile.drive(
      deeds.map((each) => () => mortally(() => deed(each))),
      seededChance(seed),
    );
    store = CALM_STORE;
    for (const n of [0, 1]) {
      replicaOf(n).mortal.spare();
      if (replicaOf(n).mortal.isDead) replicas[n] = createReplica(n);
    }
    // What was slow lands soon: nobody's request is under way for hours.
    if (seed % 2 === 0) await landLate();
    await run(Math.min(seconds, 20));
    await landLate();
    await run(Math.max(0, seconds - 20));
  }

  const bens = good(
    "ben is connected",
    (await connectByLogin(replicaOf(0).connect, ben, replicaOf(0).loaded, { account: "ben/0", password: "ben/0" }, calm)).mapErr(
      ({ kind }) => ({ kind, message: kind }),
    ),
  );
  const bensSource = bens.record.sourceId;
  for (const each of rounds) await round(each);
  await run(2 * HOUR + LOOK_MS / 1000);
  await checkSecrets(false);
  await run(48 * HOUR);
  await checkSecrets(true);
  await checkWishes();
  await checkEvents();
  await checkBen();
  await checkUsable();

  async function secretsOf(sourceId: SourceId) {
    const stored = await openSecrets({ connections: raw.connections, vault: memoryVault }, { userId: anna, sourceId }, calm);
    if (stored.isErr()) throw new Error("secrets cannot be opened");
    return stored.value?.credentials.value as { readonly account: string; readonly wish: number } | undefined;
  }

  async function checkSecrets(isLast: boolean): Promise<void> {
    const record = await recordOf(anna);
    keeps("nothing is left half-connected", record?.phase !== "connecting", JSON.stringify(record));
    for (const sourceId of made.filter((each) => each !== bensSource)) {
      const secrets = await secretsOf(sourceId);
      const isLiving = record?.sourceId === sourceId && record.phase === "connected";
      if (isLiving) same("whoever is connected has the credentials of their account", secrets?.account, record.accountId);
      else if (isLast)
        keeps("no credentials stay of a source that is not connected", secrets === undefined, `${sourceId}: ${record?.phase}`);
      if (!isLast) continue;
      const row = good("secrets", await raw.connections.secretsOf({ userId: anna, sourceId }, calm));
      const isKnown = record?.sourceId === sourceId && record.phase !== "erased";
      keeps("nothing stays of a source that is no more", isKnown || row === null, `${sourceId} has a row`);
    }
    if (!isLast) return;
    keeps("a tombstone goes", record?.phase !== "erased", JSON.stringify(record));
    for await (const day of raw.readings.days(anna, EVERY_DAY, { order: "ascending", consistency: "strong" }, calm)) {
      same(
        "only days of the living source are stored",
        good("days", day).sourceId,
        record?.phase === "erased" ? undefined : record?.sourceId,
      );
    }
  }

  async function checkWishes(): Promise<void> {
    const record = await recordOf(anna);
    const living = record?.phase === "connected" ? await secretsOf(record.sourceId) : undefined;
    const lived = living === undefined ? undefined : (wishes[living.wish] as Wish);
    for (const [index, each] of wishes.entries()) {
      if (each.kind === "erase" && each.answer === "ok" && lived !== undefined)
        keeps("an erased person stays erased", lived.begun > each.begun, `wish ${living?.wish} was begun before erase ${index}`);
      if (each.kind === "disconnect" && each.answer === "ok" && lived !== undefined)
        keeps("whoever has left is not connected", lived.ended > each.begun, `wish ${living?.wish} ended before disconnect ${index}`);
    }
    const last = wishes.at(-1);
    if (last === undefined) return;
    const isAlone = wishes.every((each) => each === last || (each.ended < last.begun && each.answer !== "died"));
    if (!isAlone || last.answer !== "ok") return;
    if (last.kind === "connect") same("whoever is told that they are connected are", lived, last);
    if (last.kind === "disconnect") same("whoever is told that they have left have", record?.phase, "disconnected");
    if (last.kind === "erase") same("whoever is told that they are erased are", record, undefined);
  }

  async function checkEvents(): Promise<void> {
    const record = await recordOf(anna);
    const told = new Map<string, { readonly version: number; readonly state: string }>();
    const erased = new Set<string>();
    for (const event of raw.bus.taken) {
      if (event.type === "bg.user.erased.v1") for (const source of event.data.sources) erased.add(source);
      if (event.type !== "bg.connection.changed.v1") continue;
      const version = Number(event.id.split("/").at(-1));
      if (version >= (told.get(event.data.source)?.version ?? 0)) told.set(event.data.source, { version, state: event.data.state });
    }
    for (const [source, { state }] of told) {
      if (source === bensSource) continue;
      if (record?.sourceId === source)
        same("the last that is told is how it is", state, record.phase === "connected" ? record.health.kind : record.phase);
      else keeps("of a source that is no more the end is told", erased.has(source), source);
    }
    if (record?.phase === "connected" || record?.phase === "disconnected")
      keeps("how a source is is told", told.has(record.sourceId), record.sourceId);
    for (const source of erased) keeps("nobody's end is told who lives", source !== record?.sourceId, source);
  }

  async function checkBen(): Promise<void> {
    const record = await recordOf(ben);
    same(
      "nobody else is touched",
      [record?.sourceId, record?.phase, record?.phaseSince],
      [bensSource, "connected", bens.record.phaseSince],
    );
    const secrets = good("secrets", await raw.connections.secretsOf({ userId: ben, sourceId: bensSource }, calm));
    keeps("nobody else loses their credentials", (secrets?.sealed ?? null) !== null, "they are gone");
  }

  async function checkUsable(): Promise<void> {
    const record = await recordOf(anna);
    const account = record?.accountId ?? "somebody-new";
    await deed({ kind: "tend", replica: 0 });
    world.account(account);
    const name = `${account}/${wishes.length}`;
    const done = await connectByLogin(replicaOf(0).connect, anna, replicaOf(0).loaded, { account: name, password: name }, calm);
    keeps("whoever comes back can connect", done.isOk(), JSON.stringify(done.isErr() ? done.error : null));
    if (record !== undefined) same("and keeps their source", done._unsafeUnwrap().record.sourceId, record.sourceId);
  }
}

function metAs({ phase, phaseSince }: SourceRecord): string {
  return `${phase} since ${phaseSince}`;
}

function earliest({ liveAtMs, historyAtMs }: Tended): number | null {
  return liveAtMs === null || historyAtMs === null ? (liveAtMs ?? historyAtMs) : Math.min(liveAtMs, historyAtMs);
}
