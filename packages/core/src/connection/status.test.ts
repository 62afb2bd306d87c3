import fc from "fast-check";
import { expect, it } from "vitest";
import type { BackfillProgress, SourceHealth, SourcePhase, SourceRecord } from "../ports/source-record.ts";
import type { Instant } from "../reading/instant.ts";
import { recordOf } from "../testing/samples.ts";
import { createProviderWorld } from "../testing/world/provider-world.ts";
import { CONNECTION_STATES, type ConnectionState, statusOf } from "./status.ts";

const NOW = 1_745_100_000 as Instant;
const loadedWith = (cadenceSeconds: number, publicationDelaySeconds: number) =>
  createProviderWorld({ clock: { nowMs: () => NOW * 1000 }, traits: { cadenceSeconds, publicationDelaySeconds } }).loaded;
const loaded = loadedWith(300, 0);
const before = (seconds: number) => (NOW - seconds) as Instant;

const backfill: BackfillProgress = { startedAt: before(100), finishedAt: null, notBefore: null, span: null };
const failing: SourceHealth = { kind: "failing", since: before(50), attempts: 2, message: "The vendor is away.", nextAttemptAt: NOW };
const refused: SourceHealth = { kind: "needs_reconnect", since: before(50), message: "Log in again." };
const stopped: SourceHealth = { kind: "stopped", since: before(50), message: "The page cannot be read." };

interface Row {
  readonly when: string;
  readonly record: Partial<SourceRecord>;
  readonly ageSeconds: number | null;
  readonly state: ConnectionState;
  readonly says?: RegExp;
}

const table: readonly Row[] = [
  {
    when: "connecting was begun and not finished",
    record: { phase: "connecting" },
    ageSeconds: null,
    state: "connecting",
    says: /connect again/,
  },
  {
    when: "connecting, whatever else is known",
    record: { phase: "connecting", health: failing, backfill },
    ageSeconds: 10,
    state: "connecting",
  },
  {
    when: "the person disconnected",
    record: { phase: "disconnected", health: failing },
    ageSeconds: 10,
    state: "disconnected",
    says: /kept/,
  },
  { when: "it was erased", record: { phase: "erased" }, ageSeconds: null, state: "disconnected" },
  { when: "the last answer was a failure", record: { health: failing }, ageSeconds: 10, state: "failing", says: /away/ },
  { when: "the provider refuses", record: { health: refused }, ageSeconds: 10, state: "needs_reconnect", says: /Log in/ },
  { when: "there is a bug", record: { health: stopped }, ageSeconds: 10, state: "stopped", says: /cannot be read/ },
  { when: "a failure comes in the middle of a backfill", record: { health: failing, backfill }, ageSeconds: 10, state: "failing" },
  { when: "the history is being read", record: { backfill }, ageSeconds: null, state: "backfilling" },
  {
    when: "the provider says that it has no history",
    record: { backfill: { ...backfill, nothing: { times: 2, lastAt: before(50), isDisproved: false } } },
    ageSeconds: 10,
    state: "healthy",
  },
  { when: "the history was read", record: { backfill: { ...backfill, finishedAt: NOW } }, ageSeconds: 10, state: "healthy" },
  { when: "there is no history to read", record: { backfill: null }, ageSeconds: 10, state: "healthy" },
  { when: "all is well", record: {}, ageSeconds: 600, state: "healthy" },
  { when: "the newest is older than two intervals", record: {}, ageSeconds: 601, state: "delayed", says: /sensor/ },
  {
    when: "nothing was asked or answered yet",
    record: { phaseSince: before(599) },
    ageSeconds: null,
    state: "connecting",
    says: /still to come/,
  },
  { when: "nothing came for two intervals after connecting", record: { phaseSince: before(601) }, ageSeconds: null, state: "delayed" },
  { when: "nothing was ever measured", record: {}, ageSeconds: null, state: "delayed", says: /no readings yet/ },
];

it.each(table)("is $state when $when", ({ record, ageSeconds, state, says }) => {
  const newest = ageSeconds === null ? null : before(ageSeconds);
  const status = statusOf(recordOf({ backfill: null, ...record }), loaded, newest, 300, NOW);
  expect(status.state).toBe(state);
  expect(status.ageSeconds).toBe(ageSeconds);
  if (says !== undefined) expect(status.message).toMatch(says);
  if (state === "healthy" || state === "backfilling") expect(status.message).toBeNull();
});

it("every state but a living one's is on the table", () => {
  expect(new Set(table.map(({ state }) => state))).toEqual(new Set(CONNECTION_STATES));
});

it("is stopped, and says what to do, when the provider is not loaded", () => {
  expect(statusOf(recordOf(), undefined, NOW, 300, NOW)).toMatchObject({ state: "stopped", message: expect.stringMatching(/PROVIDERS/) });
});

it("never calls healthy what is older than the vendor's delay and two intervals, nor what was refused last", () => {
  const phase = fc.constantFrom<SourcePhase>("connecting", "connected", "disconnected", "erased");
  const health = fc.constantFrom<SourceHealth>({ kind: "ok", since: before(50) }, failing, refused, stopped);
  const seconds = fc.integer({ min: 0, max: 20_000 });
  fc.assert(
    fc.property(
      phase,
      health,
      fc.option(seconds, { nil: null }),
      seconds,
      seconds,
      fc.integer({ min: 1, max: 3_600 }),
      (of, how, age, delay, cadence, interval) => {
        const record = recordOf({ phase: of, health: how, backfill: null });
        const status = statusOf(record, loadedWith(cadence, delay), age === null ? null : before(age), interval, NOW);
        const isFresh = age !== null && age <= delay + 2 * Math.max(interval, cadence);
        expect(status.state === "healthy").toBe(of === "connected" && how.kind === "ok" && isFresh);
        if (age !== null) expect(status.lagSeconds).toBe(Math.max(0, age - delay));
      },
    ),
  );
});

it("a connection whose provider is not loaded is stopped, and says why where that is known", () => {
  const record = recordOf({ backfill: null, health: failing });
  expect(statusOf(record, undefined, before(10), 300, NOW)).toMatchObject({
    state: "stopped",
    message: expect.stringMatching(/PROVIDERS/),
  });
  expect(statusOf(record, undefined, before(10), 300, NOW, "It broke.")).toMatchObject({ state: "stopped", message: "It broke." });
  expect(statusOf(recordOf({ backfill: null }), loaded, before(10), 300, NOW, "It broke.").state).toBe("healthy");
});

it("a reading from ahead of now has no age below nothing", () => {
  expect(statusOf(recordOf({ backfill: null }), loaded, before(-300), 300, NOW)).toMatchObject({
    ageSeconds: 0,
    lagSeconds: 0,
    state: "healthy",
  });
});
