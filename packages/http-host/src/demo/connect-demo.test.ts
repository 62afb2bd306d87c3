import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadedProvider, type SourceRecord, TRUSTED } from "@bg-ingest/core";
import { ok } from "neverthrow";
import { expect, it } from "vitest";
import { calm, served } from "../../test/served.ts";
import { connectDemo } from "./connect-demo.ts";
import { createDemoNote } from "./demo-note.ts";

const call = { signal: new AbortController().signal, caller: TRUSTED };
const demo = { userId: "demo", provider: "mock", fields: {} };

it.each([
  [true, [expect.stringContaining("PROVIDERS has to name its package")]],
  [false, []],
])("a demonstration whose provider is not loaded is told of where it was asked for: %s", async (isAskedFor, expected) => {
  const told: string[] = [];
  const logger = { debug() {}, info() {}, warn: (_: object, message: string) => void told.push(message), error() {} };
  const { stores, deps } = served();
  const note = { isThere: () => false, write: () => {} };
  const isThere = await connectDemo(
    demo,
    { providers: new Map(), store: stores.connections, connections: deps.connections, note, isAskedFor, logger },
    calm,
  );
  expect([isThere, told]).toEqual([false, expected]);
});

it("the demonstration's person is connected once, and after an erase of which the store keeps nothing is not brought back by any start", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "bg-demo-"));
  let records: readonly SourceRecord[] = [];
  let connects = 0;
  const start = () =>
    connectDemo(
      demo,
      {
        providers: new Map([["mock", { name: "mock" } as unknown as LoadedProvider]]) as never,
        store: { recordsOf: async () => ok(records) },
        connections: {
          async connect() {
            connects++;
            records = [{ phase: "connected" } as SourceRecord];
            return ok({ record: records[0] as SourceRecord, webhookSecret: null });
          },
        },
        note: createDemoNote(dataDir),
        isAskedFor: false,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
      },
      call,
    );
  expect(await start()).toBe(true);
  expect(await start()).toBe(true);
  records = [];
  expect(await start()).toBe(false);
  expect(connects).toBe(1);
});

it("what a start that died had only begun is gone on with by the next", async () => {
  const { stores, deps, begun } = { ...served(), begun: [{ phase: "connecting" } as SourceRecord] };
  let connects = 0;
  const connections = {
    async connect() {
      connects++;
      return ok({ record: { phase: "connected" } as SourceRecord, webhookSecret: null });
    },
  };
  const store = { ...stores.connections, recordsOf: async () => ok(begun) };
  const note = { isThere: () => false, write: () => {} };
  const providers = new Map([["mock", { name: "mock" } as unknown as LoadedProvider]]) as never;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  expect(
    await connectDemo(
      demo,
      { providers, store, connections: { ...deps.connections, ...connections }, note, isAskedFor: false, logger },
      call,
    ),
  ).toBe(true);
  expect(connects).toBe(1);
});
