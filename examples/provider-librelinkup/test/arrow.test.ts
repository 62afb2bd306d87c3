import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { type BgEvent, connectByLogin, createIngest, type ProviderName, type SourceId, TRUSTED, type UserId } from "@bg-ingest/core";
import {
  createMemoryAuthorizationStore,
  createMemoryConnectionStore,
  createMemoryEventBus,
  createMemoryReadingStore,
  memoryVault,
} from "@bg-ingest/core/testing";
import { ok } from "neverthrow";
import { provider } from "../src/index.ts";
import { FOLLOWER, WEARER } from "../stub/town.ts";
import { beforeStub, call, fieldsOf, silent } from "./setup.ts";

const MINUTE_MS = 60_000;
const anna = "anna" as UserId;

/** Somebody is connected, and polled every five minutes by the engine of the service itself. */
async function followed(phaseSeconds: number, graphStepSeconds: number) {
  const { stub, time, linkUp } = beforeStub([{ ...FOLLOWER, follows: [{ ...WEARER, phaseSeconds, graphStepSeconds }] }]);
  const name = provider.name as ProviderName;
  const loaded = {
    name,
    displayName: provider.displayName,
    capabilities: provider.capabilities,
    traits: provider.traits,
    provider: linkUp,
  };
  const bus = createMemoryEventBus();
  const common = {
    readings: createMemoryReadingStore(),
    connections: createMemoryConnectionStore(),
    authorizations: createMemoryAuthorizationStore(),
    budget: { take: async () => ({ kind: "granted" as const }) },
    vault: memoryVault,
    clock: time,
    checkpoint: () => undefined,
  };
  const ingest = createIngest({
    ...common,
    replica: "replica",
    bus,
    queue: { eraseSource: async () => ok(undefined) },
    providers: new Map([[name, loaded]]),
    chance: () => 0.5,
    digest: (text) => createHash("sha256").update(text).digest("hex"),
    logger: silent,
    settings: { pollIntervalSeconds: 300, backoff: { firstSeconds: 10, longestSeconds: 600 } },
  });
  const connecting = {
    ...common,
    newSourceId: () => "s0urce0000000" as SourceId,
    newConnectId: () => "connect",
    newWebhookSecret: () => "whsec_none",
    backfillSeconds: null,
  };
  const { record } = (await connectByLogin(connecting, anna, loaded, fieldsOf(FOLLOWER), { ...call, caller: TRUSTED }))._unsafeUnwrap();
  return {
    stub,
    time,
    async poll(minutes: number) {
      for (let minute = 0; minute < minutes; minute++) {
        await ingest.tend(record, "history", call);
        (await ingest.drain(call))._unsafeUnwrap();
        time.pass(MINUTE_MS);
      }
    },
    versions: () => versionsOf(bus.taken),
  };
}

/** What was told of each instant, one version after another. */
function versionsOf(events: readonly BgEvent[]) {
  const told = events.flatMap((event) => (event.type === "bg.readings.recorded.v1" ? event.data.readings : []));
  return Map.groupBy(told, ({ timestamp }) => timestamp);
}

const PHASES = [7, 67, 127, 187, 247];

/** With which phase the current reading of a poll is one that the graph has later: that hangs on when the source is polled. */
async function phaseOfMeeting(): Promise<number | undefined> {
  for (const phaseSeconds of PHASES) {
    const { stub, poll, versions } = await followed(phaseSeconds, 300);
    await poll(60);
    const arrows = [...versions()].filter(([, [first]]) => first?.trend !== "unknown").map(([timestamp]) => Date.parse(timestamp) / 1_000);
    const graph = new Set(stub.shown({ ...WEARER, phaseSeconds }).map(({ at }) => at));
    if (arrows.filter((at) => graph.has(at)).length > 1) return phaseSeconds;
  }
  return undefined;
}

const meeting = await phaseOfMeeting();

describe("the arrow of the current reading", () => {
  for (const [phaseSeconds, graphStepSeconds] of PHASES.flatMap(
    (phase) =>
      [
        [phase, 300],
        [phase, 900],
      ] as const,
  )) {
    it(`stands when the instant comes again without one: phase ${phaseSeconds} s, a point every ${graphStepSeconds} s`, async () => {
      const { poll, versions } = await followed(phaseSeconds, graphStepSeconds);
      await poll(180);
      const all = [...versions().values()];
      assert.ok(all.length > 40);
      assert.deepEqual(
        all.filter(({ length }) => length > 1),
        [],
      );
      assert.ok(all.filter(([first]) => first?.trend !== "unknown").length > 20);
    });
  }

  it("is tried with instants that come both ways", () => assert.notEqual(meeting, undefined));

  for (const differs of [-2, 3]) {
    it(`stands when the history says ${differs} mg/dL of the same instant, and the value changes once`, async () => {
      const { stub, poll, versions, time } = await followed(meeting ?? 0, 300);
      stub.switches.historyDiffersMgdl = differs;
      await poll(90);
      // The phone is away for an hour: the graph reaches what is still the current reading, and one answer says both.
      stub.switches.phoneSentMs = time.nowMs();
      await poll(60);
      stub.switches.phoneSentMs = null;
      await poll(90);
      const twice = [...versions().values()].filter(({ length }) => length > 1);
      assert.ok(twice.length > 0);
      for (const told of twice) {
        assert.equal(told.length, 2);
        assert.equal(told[1]?.trend, told[0]?.trend);
        assert.equal(told[1]?.glucose_mg_dl, (told[0]?.glucose_mg_dl ?? 0) + differs);
      }
    });
  }
});
