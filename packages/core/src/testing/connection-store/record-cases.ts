import { shardOf } from "../../ports/shard.ts";
import type { SourceHealth } from "../../ports/source-record.ts";
import { good, keeps, same } from "../promise.ts";
import { abortedCall, anna, bytesOf, calm, instantAt, providerOf, recordOf, sourceOf, userOf } from "../samples.ts";
import type { ConnectionCases } from "./connection-cases.ts";
import {
  conflict,
  count,
  entriesOf,
  full,
  otherSource,
  recordsOf,
  replace,
  secretsOf,
  setAsideAt,
  source,
  wholeSchedule,
  written,
} from "./store-questions.ts";

export const recordCases: ConnectionCases = {
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
  "a record is removed at the version that stands, and at no other; nobody else's goes with it": async ({ port, restarted }) => {
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
    same("removed again", await remove(7), written);
    same("it is gone for good", await recordsOf(await restarted()), [others[1]]);
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
