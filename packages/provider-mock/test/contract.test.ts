import { addSeconds, type Span } from "@bg-ingest/core";
import { createManualTime, providerContract, SITUATIONS, type Situation, type VendorWorld } from "@bg-ingest/core/testing";
import { describe, expect, it } from "vitest";
import {
  createMockProvider,
  createMockWorld,
  FAULTS,
  type FaultName,
  MOCK_PASSWORD,
  type MockWorld,
  type MockWorldOptions,
} from "../src/index.ts";
import { DAY, HOUR, NOW, silent, spanBefore } from "./mock-setup.ts";
import { vendorShows } from "./vendor-shows.ts";

const WINDOW = spanBefore(NOW, 12 * HOUR);
const RETRY_AFTER_MS = 30_000;

interface Cloud {
  readonly options: Omit<MockWorldOptions, "clock">;
  /** The fault that turns requests away. */
  readonly turnsAway: FaultName;
  /** The person's accesses are ended by a fault that ends everybody's. */
  readonly endsAll?: boolean;
}

/** The clouds that the provider is tried before: units, pages, delays, and ways to be turned away. */
const CLOUDS: Readonly<Record<string, Cloud>> = {
  "whose answers are one page, in mg/dL": { options: {}, turnsAway: "rate_limited_seconds" },
  "whose answers are three pages in no order, in mmol/L": {
    options: { unit: "mmol/L", pages: 3, shuffle: true },
    turnsAway: "rate_limited_date",
  },
  "of a one-minute sensor that never says how long to wait": { options: { cadenceSeconds: 60, pages: 2 }, turnsAway: "rate_limited" },
  "with troubles of its own": { options: { publicationDelaySeconds: 300 }, turnsAway: "server_errors" },
  "that cannot be reached, and one day takes nobody's tokens": { options: { pages: 2 }, turnsAway: "unreachable", endsAll: true },
};

for (const [name, cloud] of Object.entries(CLOUDS)) {
  describe(`the mock provider before a cloud ${name}`, () => {
    const provider = createMockProvider({
      isRemote: true,
      traits: { publicationDelaySeconds: cloud.options.publicationDelaySeconds ?? 0 },
    });
    const account = someoneOutOfRange(cloud);
    const contract = providerContract({ provider, config: {}, world: (situation) => mockWorld(situation, cloud, account) });
    for (const { id, run } of contract) it(id, run);
  });
}

it("is tried with somebody whose readings are out of range and whose wall clock is not UTC", async () => {
  const cloud: Cloud = { options: {}, turnsAway: "rate_limited" };
  const { shown, window } = mockWorld("well", cloud, someoneOutOfRange(cloud));
  const readings = await shown(window);
  expect(readings.some(({ glucose }) => typeof glucose !== "number")).toBe(true);
  expect(readings.every(({ utcOffsetMinutes = 0 }) => utcOffsetMinutes % 60 !== 0)).toBe(true);
});

it("is tried in every situation there is", () => {
  expect(Object.keys(BEGINNINGS)).toEqual([...SITUATIONS]);
});

type Begin = (world: MockWorld, account: string, cloud: Cloud, pass: (ms: number) => void) => void;

const switchOn =
  (name: FaultName): Begin =>
  ({ faults }) =>
    faults.switchOn(name, 1);

/** How each situation comes about; those that need the fault before they begin have it in `FAULTS_BEFORE`. */
const BEGINNINGS: Readonly<Record<Situation, Begin>> = {
  well: () => undefined,
  two_pages: () => undefined,
  no_data: switchOn("no_data"),
  late_data: (_, __, ___, pass) => pass(26 * HOUR * 1000),
  revised: (_, __, ___, pass) => pass(HOUR * 1000),
  unauthorized: (_, __, ___, pass) => pass((DAY + HOUR) * 1000),
  revoked: (world, account, { endsAll }) => (endsAll ? world.faults.switchOn("revoked", 1) : world.revoke(account)),
  rate_limited: (world, account, cloud, pass) => switchOn(cloud.turnsAway)(world, account, cloud, pass),
  garbage_page: switchOn("garbage_pages"),
  garbage_record: ({ faults }) => {
    for (const name of ["garbage_records", "null_values", "missing_fields", "zone_less_times"] as const) faults.switchOn(name, 0.2);
  },
  hangs: switchOn("hangs"),
};

const FAULTS_BEFORE: Partial<Record<Situation, MockWorldOptions["faults"]>> = {
  late_data: { late_arrival: 0.5, gaps: FAULTS.gaps.share },
  revised: { revisions: 1, unknown_words: FAULTS.unknown_words.share },
  two_pages: { out_of_range: 0.3, duplicates: 0.2 },
};

function mockWorld(situation: Situation, cloud: Cloud, account: string): VendorWorld {
  const time = createManualTime(NOW * 1000);
  const world = createMockWorld({ ...cloud.options, clock: time, faults: FAULTS_BEFORE[situation] ?? {}, consentAs: account });
  const shown = (span: Span) =>
    vendorShows(world, account, { from: Math.max(span.from, addSeconds(span.to, -30 * DAY)) as never, to: span.to });
  return {
    deps: { fetch: overHttp(world), clock: time, logger: silent },
    window: WINDOW,
    shown,
    begin: () => BEGINNINGS[situation](world, account, cloud, time.pass),
    passTime: time.pass,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...(cloud.turnsAway.startsWith("rate_limited_") && { retryAfterMs: RETRY_AFTER_MS }),
    oauth: {
      consent: async (url) => {
        const response = await world.fetch(url.href, { method: "GET", headers: {} });
        return new URL(response.headers.get("location") ?? "");
      },
    },
    login: { fields: { user: account, password: MOCK_PASSWORD } },
    webhook: {
      forms: ["readings", "changed"],
      sign: async ({ secret, form, span }) => {
        const content = form === "readings" ? { kind: form, span } : { kind: form };
        const { headers, body } = (await world.signDelivery({ account, secret, content }))._unsafeUnwrap();
        return { headers: { ...headers }, body };
      },
      subscription: () => world.subscriptionOf(account) ?? null,
    },
  };
}

/** The vendor as a server would be. */
function overHttp(world: MockWorld): typeof fetch {
  return async (address, init) => {
    const response = await world.fetch(String(address), {
      method: init?.method ?? "GET",
      headers: Object.fromEntries(new Headers(init?.headers)),
      ...(typeof init?.body === "string" && { body: init.body }),
      ...(init?.signal && { signal: init.signal }),
    });
    const retryAfter = response.headers.get("retry-after");
    return new Response(response.status === 204 ? null : await response.text(), {
      status: response.status,
      headers: retryAfter === null ? {} : { "retry-after": retryAfter },
    });
  };
}

/** The first of many people who lives in a zone of half an hour and whose sensor had to say "low" or "high" in the window. */
function someoneOutOfRange({ options }: Cloud): string {
  const world = createMockWorld({ ...options, clock: { nowMs: () => NOW * 1000 } });
  for (let n = 0; n < 2_000; n++) {
    const account = `person-${n}`;
    const records = world.records(account, { from: WINDOW.from, to: addSeconds(WINDOW.to, -HOUR) });
    const isElsewhere = records.every(({ utcOffsetMinutes }) => (utcOffsetMinutes ?? 0) % 60 !== 0);
    if (isElsewhere && records.some(({ status }) => status !== null)) return account;
  }
  throw new Error("nobody's sensor goes out of range any more");
}
