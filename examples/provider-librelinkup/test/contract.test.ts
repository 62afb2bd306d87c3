import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Instant, Span } from "@bg-ingest/core";
import { createManualTime, providerContract, SITUATIONS, type Situation, type VendorWorld } from "@bg-ingest/core/testing";
import { provider } from "../src/index.ts";
import { fetchFrom } from "../stub/serve.ts";
import { type Account, createStubLinkUp, html, json, locked, type StubLinkUp } from "../stub/stub-linkup.ts";
import { FOLLOWER, WEARER } from "../stub/town.ts";
import { CONFIG, NOW, silent } from "./setup.ts";

interface Cloud {
  readonly account: Account;
  /** How requests are turned away. */
  readonly turnsAway: () => Response;
  readonly retryAfterMs?: number;
}

/** What is uncertain of the real cloud is so in one of these, and otherwise in another. */
const CLOUDS: Readonly<Record<string, Cloud>> = {
  "with a point every five minutes, that answers 429": {
    account: FOLLOWER,
    turnsAway: () => html(429, { "retry-after": "30" }),
    retryAfterMs: 30_000,
  },
  "with a point every quarter of an hour, that answers 430": {
    account: { ...FOLLOWER, region: "de", follows: [{ ...WEARER, graphStepSeconds: 900, utcOffsetMinutes: -570 }] },
    turnsAway: () => json({ message: "slow down" }, 430),
  },
  "that says inside a good answer that it is locked": { account: FOLLOWER, turnsAway: locked, retryAfterMs: 300_000 },
  "that has a firewall": { account: { ...FOLLOWER, region: "us" }, turnsAway: () => html(503) },
};

for (const [name, cloud] of Object.entries(CLOUDS)) {
  describe(`the LibreLinkUp provider before a cloud ${name}`, () => {
    for (const { id, run } of providerContract({ provider, config: CONFIG, world: (situation) => worldOf(situation, cloud) })) it(id, run);
  });
}

it("is tried with somebody who is low, and high, and whose wall clock is not UTC", async () => {
  for (const cloud of Object.values(CLOUDS)) {
    const { shown, window } = worldOf("well", cloud);
    const readings = await shown(window);
    for (const side of ["below", "above"]) {
      assert.ok(readings.some(({ glucose }) => typeof glucose === "object" && side in glucose));
    }
    assert.ok(readings.every(({ utcOffsetMinutes = 0 }) => utcOffsetMinutes % 60 !== 0));
  }
});

it("is tried in every situation there is", () => {
  assert.deepEqual(Object.keys(BEGINNINGS), [...SITUATIONS]);
});

type Begin = (stub: StubLinkUp, cloud: Cloud) => void;

const BEGINNINGS: Readonly<Record<Situation, Begin>> = {
  well: () => undefined,
  // LibreLinkUp never cuts an answer.
  two_pages: () => undefined,
  no_data: ({ switches }) => {
    switches.noSensor = true;
  },
  late_data: ({ switches }) => switches.missing.clear(),
  revised: ({ switches, shown }, { account }) => {
    const newest = shown(account.follows[0] ?? WEARER).at(-1);
    if (newest !== undefined) switches.revised.set(newest.at, newest.mgdl > 200 ? 111 : 222);
  },
  unauthorized: (stub) => {
    stub.switches.sessionsEndedBefore = stub.logins();
  },
  revoked: (stub, { account }) => {
    stub.switches.sessionsEndedBefore = stub.logins();
    stub.switches.passwords.set(account.email, "another-password-4712");
  },
  rate_limited: ({ switches }, { turnsAway }) => {
    switches.answerAll = turnsAway;
  },
  garbage_page: ({ switches }) => {
    switches.garbagePage = true;
  },
  garbage_record: ({ switches }) => {
    switches.garbageRecords = true;
  },
  hangs: ({ switches }) => {
    switches.hangs = true;
  },
};

function worldOf(situation: Situation, cloud: Cloud): VendorWorld {
  const time = createManualTime(NOW * 1_000);
  const { account } = cloud;
  const wearer = account.follows[0] ?? WEARER;
  const stub = createStubLinkUp({ nowMs: time.nowMs, accounts: [account] });
  const window: Span = { from: (NOW - 11 * 3_600) as Instant, to: (NOW + 60) as Instant };
  const late = stub.shown(wearer).at(-4);
  if (situation === "late_data" && late !== undefined) stub.switches.missing.add(late.at);
  return {
    deps: { fetch: fetchFrom(stub), clock: time, logger: silent },
    window,
    shown: ({ from, to }) =>
      stub
        .shown(wearer)
        .filter(({ at }) => at >= from && at < to)
        .map(({ at, mgdl }) => ({ at: at as Instant, glucose: glucoseOf(mgdl), utcOffsetMinutes: wearer.utcOffsetMinutes })),
    begin: () => BEGINNINGS[situation](stub, cloud),
    passTime: time.pass,
    wait: (ms) => new Promise((done) => setTimeout(done, ms)),
    ...(cloud.retryAfterMs !== undefined && { retryAfterMs: cloud.retryAfterMs }),
    login: { fields: { email: account.email, password: account.password } },
  };
}

function glucoseOf(mgdl: number): number | { readonly below: number } | { readonly above: number } {
  if (mgdl < 40) return { below: 40 };
  return mgdl > 500 ? { above: 500 } : mgdl;
}
