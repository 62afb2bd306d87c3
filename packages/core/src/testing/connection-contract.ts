import {
  type ConnectionStore,
  type ReplaceOutcome,
  type ScheduleEntry,
  type SetAsideRecord,
  SHARD_COUNT,
  type SourceKey,
} from "../ports/connection-store.ts";
import { shardOf } from "../ports/shard.ts";
import type { SourceHealth, SourceRecord } from "../ports/source-record.ts";
import type { UserId } from "../reading/identifiers.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { good, keeps, same } from "./promise.ts";
import {
  abortedCall,
  anna,
  annaCgm,
  bytesOf,
  calm,
  dayAt,
  instantAt,
  providerOf,
  recordOf,
  sourceOf,
  sourcesOfShard,
  userOf,
} from "./samples.ts";

type Body = (subject: UnderTest<ConnectionStore>) => Promise<void>;

/** Everything that `ConnectionStore` promises, one case a promise. */
export function connectionStoreContract(make: () => PromiseLike<UnderTest<ConnectionStore>>): readonly ContractCase[] {
  const bodies = { ...records, ...schedule, ...secrets, ...setAside, ...erasing };
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}

const written: ReplaceOutcome = { kind: "written" };
const conflict: ReplaceOutcome = { kind: "conflict" };
const source: SourceKey = { userId: anna, sourceId: annaCgm };
const otherSource: SourceKey = { userId: anna, sourceId: sourceOf("annacgm00002") };
const otherUser: SourceKey = { userId: userOf("bert"), sourceId: annaCgm };

const records: Readonly<Record<string, Body>> = {
  "a record comes back as it was written, whatever it says": async ({ port }) => {
    const since = instantAt(1_745_000_000);
    const healths: readonly SourceHealth[] = [
      { kind: "ok", since },
      { kind: "failing", since, attempts: 3, message: "»the vendor\u0000 is away«", nextAttemptAt: instantAt(1_745_000_900) },
      { kind: "needs_reconnect", since, message: "sign in again" },
      { kind: "stopped", since, message: "" },
    ];
    for (const [version, health] of healths.entries()) {
      const record = recordOf({ health, version: version + 1, ...(version % 2 === 0 ? full : {}) });
      same("the record is written", await replace(port, record, version), written);
      same("every field comes back", await recordsOf(port), [record]);
    }
  },
  "the records of a user come by provider, tombstones included": async ({ port }) => {
    const names = ["mock", "a-vendor", "zz", "other", "mock2"];
    for (const [n, name] of names.entries()) {
      const phase = name === "other" ? "erased" : "connected";
      await replace(port, recordOf({ provider: providerOf(name), sourceId: sourceOf(`source0${n}`), phase }), 0);
    }
    const found = (await recordsOf(port)).map(({ provider, phase }) => `${provider} ${phase}`);
    same("by provider", found, ["a-vendor connected", "mock connected", "mock2 connected", "other erased", "zz connected"]);
  },
  "a record is replaced over the version that stands, and over no other": async ({ port }) => {
    same("nothing stands, something was expected", await replace(port, recordOf({ version: 2 }), 1), conflict);
    same("nothing was written", await recordsOf(port), []);
    same("nothing stands, nothing was expected", await replace(port, recordOf(), 0), written);
    same("something stands, nothing was expected", await replace(port, recordOf({ rank: 1 }), 0), conflict);
    same("over the version that stands", await replace(port, recordOf({ version: 2, rank: 2 }), 1), written);
    same("over one that stood before", await replace(port, recordOf({ version: 2, rank: 3 }), 1), conflict);
    same("over one to come", await replace(port, recordOf({ version: 4, rank: 4 }), 3), conflict);
    same("a conflict changes nothing", await recordsOf(port), [recordOf({ version: 2, rank: 2 })]);
  },
  "two connects at once make one living source": async ({ port }) => {
    const rivals = Array.from({ length: 30 }, (_, n) => recordOf({ sourceId: sourceOf(`rival0${String(n).padStart(4, "0")}`) }));
    const outcomes = await Promise.all(rivals.map((rival) => replace(port, rival, 0)));
    const winners = rivals.filter((_, n) => outcomes[n]?.kind === "written");
    same("exactly one of 30 is written", winners.length, 1);
    same("it is the record of the user", await recordsOf(port), winners);
    const scheduled = (await Promise.all(rivals.map(({ sourceId }) => entriesOf(port, shardOf(sourceId))))).flat();
    same(
      "and the only one scheduled",
      [...new Set(scheduled.map(({ sourceId }) => sourceId))],
      winners.map(({ sourceId }) => sourceId),
    );
  },
  "a new connect takes a tombstone's place": async ({ port }) => {
    await replace(port, recordOf({ phase: "erased" }), 0);
    const next = recordOf({ sourceId: otherSource.sourceId, version: 2 });
    same("over the tombstone's version", await replace(port, next, 1), written);
    same("the new source stands alone", await recordsOf(port), [next]);
    same(
      "the ended one is not scheduled",
      (await wholeSchedule(port)).map(({ sourceId }) => sourceId),
      [otherSource.sourceId],
    );
  },
  "a record is removed at the version that stands, and at no other; nobody else's goes with it": async ({ port }) => {
    const others = [recordOf({ userId: userOf("bert"), sourceId: otherSource.sourceId }), recordOf({ provider: providerOf("other") })];
    for (const record of [recordOf({ phase: "erased" }), ...others]) await replace(port, record, 0);
    const { provider } = recordOf();
    const remove = async (version: number) => good("a record is removed", await port.removeRecord(anna, provider, version, calm));
    same("at a version that does not stand", await remove(2), conflict);
    same("nothing was removed", (await recordsOf(port)).length, 2);
    same("at the version that stands", await remove(1), written);
    same("once", await remove(1), conflict);
    same("the others stand", [...(await recordsOf(port)), ...(await recordsOf(port, userOf("bert")))], [others[1], others[0]]);
    same("nor is it scheduled", (await wholeSchedule(port)).length, 2);
    same("a new one takes its place over nothing", await replace(port, recordOf({ version: 7 }), 0), written);
    same("and is found", (await recordsOf(port)).length, 2);
  },
  "nobody sees a record of somebody with a similar name": async ({ port }) => {
    const users = ["a", "ann", "anna", "Anna", "anna_", "ann_", "anna.", "x".repeat(128), `${"x".repeat(127)}y`].map(userOf);
    for (const [n, userId] of users.entries()) await replace(port, recordOf({ userId, sourceId: sourceOf(`source0${n}`) }), 0);
    for (const [n, userId] of users.entries()) {
      same(
        `the records of ${userId} are their own`,
        (await recordsOf(port, userId)).map(({ sourceId }) => sourceId),
        [`source0${n}`],
      );
    }
    same("a stranger has none", await recordsOf(port, userOf("an")), []);
  },
  "a record outlives the process": async ({ port, restarted }) => {
    await replace(port, recordOf(), 0);
    await replace(port, recordOf({ ...full, version: 2 }), 1);
    const later = await restarted();
    same("a restart finds the record", await recordsOf(later), [recordOf({ ...full, version: 2 })]);
    same("and its schedule entry", (await wholeSchedule(later)).length, 1);
  },
  "a cancelled call is answered by an error and changes nothing": async ({ port }) => {
    const call = abortedCall();
    const answers = await Promise.all([
      port.replaceRecord(recordOf(), 0, call),
      port.removeRecord(anna, recordOf().provider, 1, call),
      port.recordsOf(anna, call),
      port.replaceSecrets(source, { sealed: bytesOf(1), claim: null, version: 1 }, call),
      port.secretsOf(source, call),
      port.setAside(source, [setAsideAt(1)], call),
      port.setAsideOf(source, { limit: 5, after: null }, call),
      port.countSetAside(source, call),
      port.eraseSource(source, call),
    ]);
    keeps(
      "every cancelled call answers an error",
      answers.every((answer) => answer.isErr()),
      answers.map((a) => (a.isErr() ? "err" : "ok")).join(" "),
    );
    same("no record", await recordsOf(port), []);
    same("no secrets", await secretsOf(port), null);
    same("nothing set aside", await count(port), 0);
  },
};

const schedule: Readonly<Record<string, Body>> = {
  "every source stands in the schedule of its shard, and in no other": async ({ port }) => {
    const all = Array.from({ length: 40 }, (_, n) =>
      recordOf({ userId: userOf(`user-${n}`), sourceId: sourceOf(`spread${n}`.padEnd(10, "0")) }),
    );
    await Promise.all(all.map((record) => replace(port, record, 0)));
    for (let shard = 0; shard < SHARD_COUNT; shard++) {
      const expected = all.filter(({ sourceId }) => shardOf(sourceId) === shard).map(entryOf);
      same(`shard ${shard} holds its own sources`, (await entriesOf(port, shard)).sort(bySource), expected.sort(bySource));
    }
  },
  "the schedule follows the record": async ({ port }) => {
    for (const [version, phase] of (["connecting", "connected", "disconnected", "erased"] as const).entries()) {
      const record = recordOf({ phase, phaseSince: instantAt(1_745_000_000 + version), version: version + 1 });
      await replace(port, record, version);
      same(`it shows ${phase}`, await entriesOf(port, shardOf(annaCgm)), [entryOf(record)]);
      await replace(port, recordOf({ phase: "connected" }), 99);
      same("a conflict changes no entry", await entriesOf(port, shardOf(annaCgm)), [entryOf(record)]);
    }
  },
  "a crowded shard comes whole, each source once": async ({ port }) => {
    const ids = sourcesOfShard(7, 700);
    await Promise.all(ids.map((sourceId, n) => replace(port, recordOf({ userId: userOf(`user-${n}`), sourceId }), 0)));
    const found = (await entriesOf(port, 7)).map(({ sourceId }) => sourceId).sort();
    same("all 700 sources", found, [...ids].sort());
  },
  "a cancelled schedule ends with an error, and never throws": async ({ port }) => {
    await replace(port, recordOf(), 0);
    const kinds: string[] = [];
    for await (const item of port.schedule(shardOf(annaCgm), abortedCall())) kinds.push(item.isOk() ? "ok" : "err");
    same("the error comes alone", kinds, ["err"]);
  },
};

const secrets: Readonly<Record<string, Body>> = {
  "secrets come back byte for byte": async ({ port, restarted }) => {
    same("none are stored at first", await secretsOf(port), null);
    same("the first write", await seal(port, 1, 3), written);
    same("they come back", await secretsOf(port), { sealed: bytesOf(3, 900), claim: null, version: 1 });
    same("the next write", await seal(port, 2, 4), written);
    same("a restart finds the newest", await secretsOf(await restarted()), { sealed: bytesOf(4, 900), claim: null, version: 2 });
  },
  "secrets are replaced over the version before, and over no other": async ({ port }) => {
    same("nothing stands, one was expected", await seal(port, 2, 1), conflict);
    await seal(port, 1, 1);
    same("one stands, nothing was expected", await seal(port, 1, 2), conflict);
    same("one stands, two was expected", await seal(port, 3, 3), conflict);
    same("a conflict changes nothing", await secretsOf(port), { sealed: bytesOf(1, 900), claim: null, version: 1 });
  },
  "of many refreshes over one version exactly one is written": async ({ port }) => {
    for (const version of [1, 2]) {
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => seal(port, version, 100 * version + n)));
      const winners = outcomes.flatMap(({ kind }, n) => (kind === "written" ? [n] : []));
      same("exactly one of 30 is written", winners.length, 1);
      same("it stands", await secretsOf(port), {
        sealed: bytesOf(100 * version + (winners[0] ?? -1), 900),
        claim: null,
        version,
      });
    }
  },
  "a claim stands beside the secrets until the next write": async ({ port, restarted }) => {
    const claim = (holder: string, version: number) =>
      port.replaceSecrets(source, { sealed: bytesOf(1, 900), claim: { holder, at: instantAt(1_745_000_000 + version) }, version }, calm);
    await seal(port, 1, 1);
    same("it is written over the version read", good("replaceSecrets works", await claim("replica »a«", 2)), written);
    const claimed = { sealed: bytesOf(1, 900), claim: { holder: "replica »a«", at: instantAt(1_745_000_002) }, version: 2 };
    same("it comes back, and the secrets with it", await secretsOf(port), claimed);
    same("of two only one is written", good("replaceSecrets works", await claim("b", 2)), conflict);
    same("a restart finds it", await secretsOf(await restarted()), claimed);
  },
  "a write without a claim ends the one that stood": async ({ port }) => {
    await seal(port, 1, 1);
    const claim = { holder: "a", at: instantAt(0) };
    good("replaceSecrets works", await port.replaceSecrets(source, { sealed: bytesOf(1, 900), claim, version: 2 }, calm));
    same("over the claim", await seal(port, 3, 2), written);
    same("it is gone", await secretsOf(port), { sealed: bytesOf(2, 900), claim: null, version: 3 });
  },
  "secrets that are deleted leave nothing but their version, from which the next ones count on": async ({ port, restarted }) => {
    const drop = (version: number, key = source) => port.replaceSecrets(key, { sealed: null, claim: null, version }, calm);
    await seal(port, 1, 1);
    same("over no other version than the one read", good("replaceSecrets works", await drop(3)), conflict);
    same("over the one read", good("replaceSecrets works", await drop(2)), written);
    same("they are gone", await secretsOf(port), { sealed: null, claim: null, version: 2 });
    same("whoever was at work over the version before is too late", await seal(port, 2, 3), conflict);
    same("and so is whoever found none at first", await seal(port, 1, 4), conflict);
    same("a restart finds none", await secretsOf(await restarted()), { sealed: null, claim: null, version: 2 });
    same("others may be stored after them", await seal(port, 3, 5), written);
    same("and come back", await secretsOf(port), { sealed: bytesOf(5, 900), claim: null, version: 3 });
    same("where none were stored", good("replaceSecrets works", await drop(1, otherSource)), written);
    same("nobody is the first any more", await seal(port, 1, 1, otherSource), conflict);
  },
  "secrets belong to one source of one user": async ({ port }) => {
    await seal(port, 1, 1, source);
    same("not to another source", await secretsOf(port, otherSource), null);
    same("not to another user", await secretsOf(port, otherUser), null);
    same("each has its own version", await seal(port, 1, 2, otherUser), written);
    same("and its own bytes", (await secretsOf(port, source))?.sealed, bytesOf(1, 900));
  },
};

const setAside: Readonly<Record<string, Body>> = {
  "a record set aside comes back as it was": async ({ port, restarted }) => {
    const kept = [
      setAsideAt(2, { at: null, detail: "", record: `{"odd":"»\u2028\\u0000"}` }),
      setAsideAt(1, { at: instantAt(-5), record: "x".repeat(4096) }),
    ];
    await keep(port, kept);
    same("every field, newest first", await pageOf(port), { records: kept, next: null });
    same("after a restart too", await pageOf(await restarted()), { records: kept, next: null });
  },
  "the same record is kept once, with its first time": async ({ port }) => {
    await keep(port, [setAsideAt(1)]);
    await keep(port, [setAsideAt(1, { setAsideAt: instantAt(900), reason: "other", detail: "other" }), setAsideAt(2), setAsideAt(2)]);
    same("what was kept first stands", (await pageOf(port)).records, [setAsideAt(2), setAsideAt(1)]);
    same("and is counted once", await count(port), 2);
  },
  "many who set the same aside keep it once": async ({ port }) => {
    await Promise.all(Array.from({ length: 20 }, () => keep(port, [setAsideAt(1), setAsideAt(2), setAsideAt(3)])));
    same("three records", await count(port), 3);
  },
  "nothing to set aside is fine": async ({ port }) => {
    await keep(port, []);
    same("nothing is kept", await pageOf(port), { records: [], next: null });
  },
  "pages give every record once, newest first": async ({ port }) => {
    const all = Array.from({ length: 57 }, (_, n) => setAsideAt(n, { setAsideAt: instantAt(1000 + Math.floor(n / 5)) }));
    for (let from = 0; from < all.length; from += 10) await keep(port, all.slice(from, from + 10));
    for (const limit of [1, 7, 19, 57, 100]) {
      const pages = await walk(port, limit);
      keeps(
        "no page is longer than its limit",
        pages.every((page) => page.length <= limit),
        pages.map((page) => page.length).join(" "),
      );
      const found = pages.flat();
      same("each record once", found.map(({ key }) => key).sort(), all.map(({ key }) => key).sort());
      const times = found.map(({ setAsideAt }) => setAsideAt);
      same(
        "newest first",
        times,
        [...times].sort((a, b) => b - a),
      );
    }
  },
  "records that arrive between pages shift none": async ({ port }) => {
    const first = Array.from({ length: 20 }, (_, n) => setAsideAt(n, { setAsideAt: instantAt(1000 + (n >> 1)) }));
    await keep(port, first);
    let arrived = 0;
    const pages = await walk(port, 3, () => keep(port, [setAsideAt(500 + arrived, { setAsideAt: instantAt(1009 + arrived++) })]));
    const found = pages.flat().map(({ key }) => key);
    same("no record is shown twice", found.length, new Set(found).size);
    same(
      "none that stood before is missed",
      first.filter(({ key }) => !found.includes(key)),
      [],
    );
  },
  "an unreadable page mark is answered with stop": async ({ port }) => {
    await keep(port, [setAsideAt(1)]);
    for (const after of ["", "nonsense", "1e9", "-1", "9".repeat(400), "' OR 1=1 --"]) {
      const answer = await port.setAsideOf(source, { limit: 5, after }, calm);
      same(`the mark ${after.slice(0, 20)}`, answer.isErr() ? answer.error.kind : "a page", "stop");
    }
  },
  "what is set aside belongs to one source of one user": async ({ port }) => {
    await keep(port, [setAsideAt(1), setAsideAt(2)]);
    await keep(port, [setAsideAt(1)], otherUser);
    same("another source has none", [await count(port, otherSource), (await pageOf(port, otherSource)).records.length], [0, 0]);
    same("another user has their own", [await count(port, otherUser), (await pageOf(port, otherUser)).records.length], [1, 1]);
    same("the first keeps its own", await count(port), 2);
  },
};

const erasing: Readonly<Record<string, Body>> = {
  "erasing a source takes its credentials and what was set aside, and leaves its record": async ({ port, restarted }) => {
    await replace(port, recordOf({ phase: "erased" }), 0);
    for (const key of [source, otherSource, otherUser]) {
      await seal(port, 1, 1, key);
      await keep(port, [setAsideAt(1), setAsideAt(2)], key);
    }
    good("eraseSource works", await port.eraseSource(source, calm));
    const later = await restarted();
    same("no credentials", await secretsOf(later), null);
    same("nothing set aside", [await count(later), (await pageOf(later)).records.length], [0, 0]);
    same(
      "the tombstone stays",
      (await recordsOf(later)).map(({ phase }) => phase),
      ["erased"],
    );
    for (const key of [otherSource, otherUser]) {
      same("others keep their credentials", (await secretsOf(later, key))?.version, 1);
      same("others keep what was set aside", await count(later, key), 2);
    }
  },
  "a refresh in flight brings no erased credentials back": async ({ port }) => {
    await seal(port, 1, 1);
    good("eraseSource works", await port.eraseSource(source, calm));
    same("over a version that is gone", await seal(port, 2, 2), conflict);
    same("they stay gone", await secretsOf(port), null);
  },
  "erasing what is not there is fine": async ({ port }) => {
    good("eraseSource works", await port.eraseSource(source, calm));
    await seal(port, 1, 1);
    good("eraseSource works again", await port.eraseSource(source, calm));
    good("and once more", await port.eraseSource(source, calm));
  },
};

/** A record with every field filled. */
const full: Partial<SourceRecord> = {
  accountId: "account/7",
  phase: "disconnected",
  rank: 2,
  lastSuccessAt: instantAt(1_745_100_000),
  openFrom: { day: dayAt(20_190), loweredAt: instantAt(1_745_000_500) },
  backfill: {
    startedAt: instantAt(3),
    finishedAt: instantAt(4),
    notBefore: instantAt(-9),
    span: { from: instantAt(1), to: instantAt(99), doneFrom: instantAt(50) },
  },
  traits: {
    cadenceSeconds: 300,
    publicationDelaySeconds: 0,
    maxWindowSeconds: 86_400,
    historySeconds: 1_000_000_000,
    rePull: [{ everySeconds: 3_600, lookBackSeconds: 7_200 }],
    rateLimit: { calls: 60, perSeconds: 3_600, scope: "account" },
  },
  gaps: [
    { from: instantAt(5), to: instantAt(9), reason: "unreadable", recordedAt: instantAt(10) },
    { from: instantAt(-7), to: instantAt(-6), reason: "", recordedAt: instantAt(11) },
  ],
  ended: [
    { sourceId: sourceOf("anna0before1"), endedAt: instantAt(7), isAnnounced: true, sweptAt: null },
    { sourceId: sourceOf("anna0before2"), endedAt: instantAt(8), isAnnounced: false, sweptAt: instantAt(9) },
  ],
};

function setAsideAt(n: number, change: Partial<SetAsideRecord> = {}): SetAsideRecord {
  return {
    key: `digest-${String(n).padStart(4, "0")}`,
    reason: "glucose_out_of_range",
    detail: `no. ${n}`,
    at: instantAt(1_745_000_000 + n),
    record: JSON.stringify({ n }),
    setAsideAt: instantAt(100 + n),
    ...change,
  };
}

async function replace(store: ConnectionStore, record: SourceRecord, expectedVersion: number): Promise<ReplaceOutcome> {
  return good("replaceRecord works", await store.replaceRecord(record, expectedVersion, calm));
}

async function recordsOf(store: ConnectionStore, userId: UserId = anna): Promise<readonly SourceRecord[]> {
  return good("recordsOf works", await store.recordsOf(userId, calm));
}

async function entriesOf(store: ConnectionStore, shard: number): Promise<ScheduleEntry[]> {
  const entries: ScheduleEntry[] = [];
  for await (const item of store.schedule(shard, calm)) entries.push(good("schedule works", item));
  return entries;
}

async function wholeSchedule(store: ConnectionStore): Promise<readonly ScheduleEntry[]> {
  const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => entriesOf(store, shard));
  return (await Promise.all(shards)).flat();
}

async function seal(store: ConnectionStore, version: number, seed: number, key: SourceKey = source): Promise<ReplaceOutcome> {
  return good("replaceSecrets works", await store.replaceSecrets(key, { sealed: bytesOf(seed, 900), claim: null, version }, calm));
}

async function secretsOf(store: ConnectionStore, key: SourceKey = source) {
  return good("secretsOf works", await store.secretsOf(key, calm));
}

async function keep(store: ConnectionStore, kept: readonly SetAsideRecord[], key: SourceKey = source): Promise<void> {
  good("setAside works", await store.setAside(key, kept, calm));
}

async function pageOf(store: ConnectionStore, key: SourceKey = source, limit = 100, after: string | null = null) {
  return good("setAsideOf works", await store.setAsideOf(key, { limit, after }, calm));
}

async function count(store: ConnectionStore, key: SourceKey = source): Promise<number> {
  return good("countSetAside works", await store.countSetAside(key, calm));
}

/** All pages, with whatever happens between one and the next. */
async function walk(store: ConnectionStore, limit: number, between: () => Promise<void> = async () => undefined) {
  const pages: (readonly SetAsideRecord[])[] = [];
  let after: string | null = null;
  do {
    const page = await pageOf(store, source, limit, after);
    pages.push(page.records);
    after = page.next;
    await between();
    keeps("pages come to an end", pages.length < 200, "they went on for 200 pages");
  } while (after !== null);
  return pages;
}

function entryOf({ userId, provider, sourceId, phase, phaseSince }: SourceRecord): ScheduleEntry {
  return { userId, provider, sourceId, phase, phaseSince };
}

const bySource = (a: ScheduleEntry, b: ScheduleEntry): number => (a.sourceId < b.sourceId ? -1 : 1);
