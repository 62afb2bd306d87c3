import { type CallBy, TRUSTED } from "../../access/caller.ts";
import { connectSource } from "../../connection/connect.ts";
import { disconnectSource } from "../../connection/disconnect.ts";
import type { Tended } from "../../ingest/due.ts";
import type { SourceKey } from "../../ports/connection-store.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Delivery } from "../../ports/work-queue.ts";
import type { SourceId, UserId } from "../../reading/identifiers.ts";
import { addSeconds, type Instant } from "../../reading/instant.ts";
import { createMemoryEventBus } from "../memory-event-bus.ts";
import { good, keeps } from "../promise.ts";
import { pick, seededChance } from "../seeded-chance.ts";
import { createProviderWorld } from "../world/provider-world.ts";
import { worldBody } from "../world/world-webhook.ts";
import type { BusOfModel } from "./bus-of-model.ts";
import type { Command, Deed } from "./command.ts";
import { createEye } from "./eye.ts";
import type { Faults } from "./fault-mode.ts";
import { checkBackfill, checkCredentials, checkPeople } from "./final-check.ts";
import { CRASH } from "./mortal.ts";
import { createOwner, type Owner, type Surroundings } from "./owner.ts";
import { CADENCE_SECONDS, createPeople, PEOPLE } from "./people.ts";
import type { StoresUnderTest } from "./stores-under-test.ts";
import { createTurnstile } from "./turnstile.ts";

export interface ModelOptions {
  /**
   * `steady`: the vendor shows each reading once and in order, and nobody asks twice without need: what is missing in the end was lost.
   * `restless`: it also changes its mind; in the end everything is asked for once more.
   */
  readonly vendor: "steady" | "restless";
  readonly seed: number;
}

/** Two owners over the same stores, a vendor, a bus, and three people; whatever befalls them, the promises are held against it. */
export interface Model {
  run(command: Command): Promise<void>;
  /** Everything is well again for two days; then everything has to be as it should. */
  heal(): Promise<void>;
}

const START_MS = Date.UTC(2025, 3, 22, 21, 47, 13);
const HISTORY_SECONDS = 3 * 86_400;
/** More than any model lives through. */
const EVERYTHING_SECONDS = 60 * 86_400;
const POLL_INTERVAL_SECONDS = 1_800;
/** Those who say that they are not due are looked at all the same, as a host does. */
const LOOK_EVERY_MS = 3_600_000;
const calm: CallBy = { signal: new AbortController().signal, caller: TRUSTED };

/** `bus`: one in memory unless given. */
export function createModel(stores: StoresUnderTest, options: ModelOptions, bus: BusOfModel = createMemoryEventBus()): Model {
  const chance = seededChance(options.seed);
  let passedMs = 0;
  let offsetMs = 0;
  const trueNow = () => Math.floor((START_MS + passedMs) / 1000) as Instant;
  const clock = { nowMs: () => START_MS + passedMs + offsetMs, monotonicMs: () => passedMs };
  const faults: Faults = { mode: "there", late: [] };
  const world = createProviderWorld({
    clock: { nowMs: () => START_MS + passedMs },
    traits: {
      cadenceSeconds: CADENCE_SECONDS,
      publicationDelaySeconds: 60,
      maxWindowSeconds: 86_400,
      historySeconds: EVERYTHING_SECONDS,
      rePull: options.vendor === "steady" ? [] : [{ everySeconds: 6 * 3_600, lookBackSeconds: 12 * 3_600 }],
    },
    paging: {
      recordsPerPage: pick([1_000, 20, 7], chance),
      order: pick(["newest_first", "oldest_first"], chance),
      tellsLast: chance() < 0.5,
    },
  });
  const people = createPeople(
    PEOPLE.map((user) => world.account(user)),
    addSeconds(trueNow(), -HISTORY_SECONDS),
  );
  people.measureUntil(trueNow());
  const records = async (userId: UserId) => good("records can be read", await stores.connections.recordsOf(userId, calm));
  const eye = createEye({
    backfillMoved: (before, record) => checkBackfill(stores.readings, world.account(record.userId), before, record),
  });
  const turnstile = createTurnstile();
  let sources = 0;
  let connects = 0;
  let replicas = 0;
  const around: Surroundings = {
    readings: eye.readings(stores.readings),
    connections: eye.connections(stores.connections),
    bus: eye.bus(bus),
    loaded: world.loaded,
    faults,
    turnstile,
    chance,
    clock,
    settings: { pollIntervalSeconds: POLL_INTERVAL_SECONDS, backoff: { firstSeconds: 10, longestSeconds: 900 } },
    newSourceId: () => `source${String(++sources).padStart(6, "0")}` as SourceId,
    newConnectId: () => `connect-${++connects}`,
    newReplica: () => `replica-${++replicas}`,
    backfillSeconds: options.vendor === "steady" ? HISTORY_SECONDS : EVERYTHING_SECONDS,
  };
  const owners = [createOwner(around), createOwner(around)];
  const deliveries: Delivery[] = [];
  let delivered = 0;

  const ownerOf = (n: number) => owners[n % owners.length] as Owner;
  const userOf = (n: number) => PEOPLE[n % PEOPLE.length] as UserId;
  const accountOf = (n: number) => world.account(userOf(n));

  function pass(seconds: number): void {
    passedMs += seconds * 1000;
    people.measureUntil(trueNow());
  }

  /** What is done for nobody in particular is done for whoever the store knows. */
  async function sourceOf(user: UserId): Promise<SourceRecord | undefined> {
    return (await records(user))[0];
  }

  async function drain({ ingest }: Owner): Promise<void> {
    await ingest.storeRenewed();
    (await ingest.drain(calm)).unwrapOr(undefined);
  }

  async function deed(owner: Owner, what: Deed): Promise<void> {
    switch (what.kind) {
      case "tend": {
        const record = await sourceOf(userOf(what.user));
        return record && tend(owner, record);
      }
      case "work":
        return work(owner);
      case "drain":
        return drain(owner);
      case "connect":
        return connect(owner, userOf(what.user));
      case "disconnect": {
        const now = Math.floor(clock.nowMs() / 1000) as Instant;
        const changed = await disconnectSource(owner.connect.connections, userOf(what.user), world.loaded.name, now, calm);
        if (changed.isOk() && changed.value !== null) changedHere(owner, changed.value.record);
        return;
      }
      case "erase": {
        const before = await records(userOf(what.user));
        (await owner.ingest.erase(userOf(what.user), calm)).unwrapOr("unknown_user");
        for (const record of before) owner.due.set(record.sourceId, passedMs);
        return;
      }
    }
  }

  async function tend(owner: Owner, source: SourceKey): Promise<void> {
    const nextAtMs = earliest(await owner.ingest.tend(source, "history", calm));
    keeps("a source says when it is to be tended again", nextAtMs === null || Number.isFinite(nextAtMs), String(nextAtMs));
    const waitMs = nextAtMs === null ? LOOK_EVERY_MS : Math.max(0, nextAtMs - clock.nowMs());
    owner.due.set(source.sourceId, passedMs + waitMs);
  }

  async function connect(owner: Owner, user: UserId): Promise<void> {
    const account = world.account(user);
    if (account.isRevoked) account.situate("well");
    const connected = await connectSource(owner.connect, user, world.loaded, world.grantOf(user), calm);
    if (connected.isOk()) changedHere(owner, connected.value.record);
  }

  function changedHere(owner: Owner, record: SourceRecord): void {
    owner.ingest.forget(record.sourceId);
    owner.due.set(record.sourceId, passedMs);
  }

  async function work(owner: Owner): Promise<void> {
    const delivery = deliveries[0];
    if (delivery === undefined) return;
    const verdict = await owner.ingest.work(delivery, calm);
    keeps("no sound delivery is set apart", verdict.kind !== "set_apart", JSON.stringify(verdict));
    if (verdict.kind === "done" && deliveries.includes(delivery)) deliveries.splice(deliveries.indexOf(delivery), 1);
  }

  async function deliver(user: UserId, count: number, copies: number): Promise<void> {
    const record = await sourceOf(user);
    if (record === undefined || record.phase !== "connected") return;
    const newest = world.account(user).truth.asOf(trueNow(), { from: addSeconds(trueNow(), -86_400), to: trueNow() });
    const delivery: Delivery = {
      id: `delivery-${++delivered}`,
      userId: user,
      sourceId: record.sourceId,
      provider: record.provider,
      signedAt: trueNow(),
      body: worldBody(user, count === 0 ? undefined : newest.slice(-count)),
    };
    for (let copy = 0; copy < copies; copy++) deliveries.push(delivery);
  }

  /** Runs what an owner does; if it dies of it, a new one stands in its place. */
  async function mortally(n: number, act: (owner: Owner) => Promise<void>): Promise<void> {
    const owner = ownerOf(n);
    const died = await act(owner).then(
      () => false,
      (thrown: unknown) => {
        if (thrown === CRASH) return true;
        throw thrown;
      },
    );
    if (died && ownerOf(n) === owner) await restart(n);
  }

  async function restart(n: number): Promise<void> {
    const owner = createOwner(around);
    owners[n % owners.length] = owner;
    for (const user of PEOPLE) for (const { sourceId } of await records(user)) owner.due.set(sourceId, passedMs);
  }

  /** Does all that falls due; other things than time passing end it. */
  async function runFor(n: number, seconds: number): Promise<void> {
    const untilMs = passedMs + seconds * 1000;
    for (let turns = 0; passedMs < untilMs; turns++) {
      await mortally(n, tendWhatIsDue);
      await mortally(n, drain);
      keeps("nobody is kept busy for nothing", turns < 60 + seconds, `${turns} turns in ${seconds} s`);
      const nextMs = Math.min(...ownerOf(n).due.values()) - passedMs;
      const waitMs = Math.min(Math.max(nextMs, 200), 1_800_000, untilMs - passedMs);
      passedMs += waitMs;
      people.measureUntil(trueNow());
    }
  }

  async function tendWhatIsDue(owner: Owner): Promise<void> {
    const known = (await Promise.all(PEOPLE.map(sourceOf))).filter((record) => record !== undefined);
    for (const sourceId of owner.due.keys()) if (known.every((record) => record.sourceId !== sourceId)) owner.due.delete(sourceId);
    for (const record of known) {
      if ((owner.due.get(record.sourceId) ?? 0) <= passedMs) await tend(owner, record);
    }
  }

  async function atOnce(command: Extract<Command, { kind: "at_once" }>): Promise<void> {
    const works = command.deeds.map((each) => () => mortally(each.owner, (owner) => deed(owner, each)));
    await turnstile.drive(works, seededChance(command.seed));
  }

  async function run(command: Command): Promise<void> {
    if (faults.mode !== "slow") await landLate();
    switch (command.kind) {
      case "pass":
        return pass(command.seconds);
      case "run":
        return runFor(command.owner, command.seconds);
      case "at_once":
        return atOnce(command);
      case "die":
        return ownerOf(command.owner).mortal.dieIn(command.moments);
      case "jump":
        offsetMs = command.seconds * 1000;
        return;
      case "bus":
        bus.mode = command.mode;
        return;
      case "store":
        faults.mode = command.mode;
        return;
      case "deliver":
        return deliver(userOf(command.user), command.count, command.copies);
      case "hold_back":
        return people.holdBack(command.user % PEOPLE.length, addSeconds(trueNow(), command.seconds));
      case "trouble":
        accountOf(command.user).troubles.push(...Array.from({ length: command.times }, () => command.trouble));
        return;
      case "revoke":
        return accountOf(command.user).situate("revoked");
      case "garble":
        return accountOf(command.user).garble(addSeconds(trueNow(), -1));
      case "poison":
        accountOf(command.user).poisoned.add(addSeconds(trueNow(), -command.back * CADENCE_SECONDS));
        return;
      case "revise":
        return changeMind(command.user, command.back, 0, command.mgdl);
      case "late":
        return changeMind(command.user, command.back, 7, 77);
      case "stale":
        accountOf(command.user).staleSeconds = command.seconds;
        return;
      case "tend":
      case "work":
      case "drain":
      case "connect":
      case "disconnect":
      case "erase":
        return mortally(command.owner, (owner) => deed(owner, command));
    }
  }

  function changeMind(user: number, back: number, shift: number, mgdl: number): void {
    const shown = accountOf(user).truth.asOf(trueNow(), { from: addSeconds(trueNow(), -2 * 86_400), to: trueNow() });
    const at = shown.at(-1 - back)?.at;
    if (at !== undefined) accountOf(user).measure({ at: addSeconds(at, -shift), mgdl, shownAt: trueNow() });
  }

  async function landLate(): Promise<void> {
    for (let act = faults.late.shift(); act !== undefined; act = faults.late.shift()) await act();
  }

  async function heal(): Promise<void> {
    faults.mode = "there";
    bus.mode = "there";
    offsetMs = 0;
    await landLate();
    for (const [n, { mortal }] of owners.entries()) {
      mortal.spare();
      if (mortal.isDead) await restart(n);
    }
    for (const user of PEOPLE) {
      const account = world.account(user);
      account.poisoned.clear();
      account.troubles.length = 0;
      account.staleSeconds = 0;
    }
    for (const [n, owner] of owners.entries()) {
      for (const user of PEOPLE) for (const { sourceId } of await records(user)) owner.due.set(sourceId, passedMs);
      while (deliveries.length > 0) await work(owner);
      await runFor(n, 3_600);
    }
    await checkCredentials(stores.connections);
    for (const user of PEOPLE) await reconnectIfNeeded(user);
    await runFor(0, 26 * 3_600);
    await runFor(1, 26 * 3_600);
    await checkPeople({ stores, eye, world, now: trueNow() });
  }

  /** A vendor that changed its mind is asked for everything once more. */
  async function reconnectIfNeeded(user: UserId): Promise<void> {
    const record = await sourceOf(user);
    if (record === undefined || record.phase === "erased") return;
    const isRefused = record.phase !== "connected" || record.health.kind === "needs_reconnect";
    if (options.vendor === "restless" || isRefused) for (const owner of owners) await connect(owner, user);
  }

  return { run, heal };
}

function earliest({ liveAtMs, historyAtMs }: Tended): number | null {
  return liveAtMs === null || historyAtMs === null ? (liveAtMs ?? historyAtMs) : Math.min(liveAtMs, historyAtMs);
}
