import type { BusError, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { expect, it } from "vitest";
import { createReadiness, type ReadinessDeps } from "./readiness.ts";

const call = { signal: new AbortController().signal };
const away: Result<never, BusError & StoreError> = err({ kind: "retry", message: "It is away." });

interface Situation {
  readonly store?: Result<readonly [], StoreError>;
  readonly isStarted?: boolean;
  readonly trouble?: string | null;
  readonly bus?: ReadinessDeps["bus"];
}

const found = ({ store = ok([]), isStarted = true, trouble = null, bus = null }: Situation) =>
  createReadiness({
    connections: { recordsOf: async () => store },
    scheduler: { isStarted: () => isStarted },
    cluster: { trouble: () => trouble },
    bus,
  })(call);
const busThatAnswers = (answer: Result<void, BusError>): ReadinessDeps["bus"] => ({ check: async () => answer });

it("is ready where the store answers and every source was found", async () => {
  expect(await found({})).toEqual({
    ready: true,
    checks: [
      { name: "store", ok: true, message: null },
      { name: "schedule", ok: true, message: null },
      { name: "cluster", ok: true, message: null },
    ],
  });
  expect((await found({ bus: busThatAnswers(ok(undefined)) })).checks.at(-1)).toEqual({ name: "bus", ok: true, message: null });
});

it("is not ready without the store, nor before every source was found, nor where it may not take part", async () => {
  expect(await found({ trouble: "Its clock is wrong." })).toMatchObject({
    ready: false,
    checks: [{ ok: true }, { ok: true }, { name: "cluster", ok: false, message: "Its clock is wrong." }],
  });
  expect(await found({ store: away })).toMatchObject({
    ready: false,
    checks: [{ ok: false, message: "It is away." }, { ok: true }, { ok: true }],
  });
  expect(await found({ isStarted: false })).toMatchObject({ ready: false, checks: [{ ok: true }, { ok: false }, { ok: true }] });
});

it("stays ready without the bus, and says what that means", async () => {
  const told = await found({ bus: busThatAnswers(away) });
  expect(told.ready).toBe(true);
  expect(told.checks.at(-1)).toMatchObject({
    name: "bus",
    ok: false,
    message: expect.stringMatching(/^It is away\. Readings are fetched/),
  });
});

it("does not wait long for a bus that hangs", async () => {
  const hanging: ReadinessDeps["bus"] = { check: () => new Promise(() => {}) };
  expect((await found({ bus: hanging })).checks.at(-1)).toMatchObject({ name: "bus", ok: false });
});
