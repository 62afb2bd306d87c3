import { addSeconds, type Instant, type Span, signStandardWebhook } from "@bg-ingest/core";
import {
  createManualTime,
  providerContract,
  type ShownReading,
  SITUATIONS,
  type Situation,
  type VendorWorld,
} from "@bg-ingest/core/testing";
import { provider } from "@bg-ingest/provider-dexcom";
import { describe, expect, it } from "vitest";
import {
  createDexcomSimulator,
  DEFAULT_CLIENT,
  EVERYDAY_FAULTS,
  type FaultName,
  type FaultShares,
  type PublishedRecord,
} from "../src/index.ts";
import { connected, createWorld, getData, NOW_MS, REDIRECT_URI, recordsIn, type World, windowPath } from "./support/application.ts";

const HOUR = 3_600;
const DAY = 86_400;
const NOW = (NOW_MS / 1000) as Instant;
/** What was measured in it has long been shown, late data aside. */
const WINDOW: Span = { from: addSeconds(NOW, -40 * HOUR), to: addSeconds(NOW, -4 * HOUR) };
const RETRY_AFTER_MS = 30_000;

const config = {
  clientId: DEFAULT_CLIENT.clientId,
  clientSecret: DEFAULT_CLIENT.clientSecret,
  redirectUri: REDIRECT_URI,
  apiBaseUrl: "http://127.0.0.1:8090",
};

interface Cloud {
  readonly user: string;
  readonly seed: string;
  /** Of records, since ever. */
  readonly faults: FaultShares;
  readonly turnsAway: FaultName;
  readonly utcOffsetMinutes?: number;
}

const clouds: Readonly<Record<string, Cloud>> = {
  "that is in order": { ...(await elsewhere("ada")), faults: { out_of_range: 0.3 }, turnsAway: "rate_limited_seconds" },
  "as messy as every day": { user: "ben", seed: "contract", faults: EVERYDAY_FAULTS, turnsAway: "rate_limited_date" },
  "of a receiver, with troubles of its own": { user: "cleo", seed: "contract", faults: EVERYDAY_FAULTS, turnsAway: "server_errors" },
};

for (const [name, cloud] of Object.entries(clouds)) {
  describe(`the Dexcom provider before a cloud ${name}`, () => {
    for (const { id, run } of providerContract({ provider, config, world: (situation) => dexcomWorld(situation, cloud) })) it(id, run);
  });
}

it.each(Object.entries(clouds))("a cloud %s has somebody whose readings are out of range", async (_, cloud) => {
  const shown = await dexcomWorld("well", cloud).shown(WINDOW);
  expect(shown.some(({ glucose }) => typeof glucose !== "number")).toBe(true);
});

it("the provider is tried in every situation there is", () => {
  expect(Object.keys(BEGINNINGS)).toEqual([...SITUATIONS]);
});

interface Acting extends World {
  readonly cloud: Cloud;
}

type Begin = (world: Acting) => unknown;

const switchOn =
  (fault: FaultName): Begin =>
  ({ simulator }) =>
    simulator.faults.switchOn(fault, { share: 1 });

const BEGINNINGS: Readonly<Record<Situation, Begin>> = {
  well: () => undefined,
  // There are no pages: a window comes in one body, in no order.
  two_pages: switchOn("unordered"),
  no_data: switchOn("no_data"),
  late_data: ({ pass }) => pass(27 * HOUR),
  revised: ({ pass }) => pass(7 * DAY),
  unauthorized: ({ pass }) => pass(3 * HOUR),
  revoked: ({ simulator, cloud }) => simulator.revoke(cloud.user),
  rate_limited: (world) => switchOn(world.cloud.turnsAway)(world),
  garbage_page: switchOn("broken_pages"),
  garbage_record: () => undefined,
  hangs: switchOn("hangs"),
};

/** What befalls records has befallen them before anybody asks. */
const FATES: Partial<Record<Situation, FaultShares>> = {
  late_data: { late_arrivals: 0.5 },
  revised: { revisions: 0.5 },
  garbage_record: { null_values: 0.2, broken_records: 0.2, unknown_units: 0.1 },
};

function dexcomWorld(situation: Situation, given: Cloud): VendorWorld {
  // What a receiver holds comes all at once, never behind what is shown already: late data are a phone's.
  const cloud = situation === "late_data" && given.user === "cleo" ? { ...given, user: "ben" } : given;
  const time = createManualTime(NOW_MS);
  const faults = { ...cloud.faults, ...FATES[situation] };
  const simulator = createDexcomSimulator({ seed: cloud.seed, clock: time, faults });
  if (cloud.user === "cleo") simulator.upload("cleo");
  const pass = (seconds: number) => time.pass(seconds * 1000);
  const world: Acting = { simulator, pass, cloud };
  const silent = () => undefined;
  return {
    deps: { fetch: simulator.fetch, clock: time, logger: { debug: silent, info: silent, warn: silent, error: silent } },
    window: WINDOW,
    shown: (span) => shownBy(world, span),
    begin: () => void BEGINNINGS[situation](world),
    passTime: time.pass,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...(cloud.turnsAway.startsWith("rate_limited_") && { retryAfterMs: RETRY_AFTER_MS }),
    oauth: { consent: (url) => simulator.consent(url, { user: cloud.user })._unsafeUnwrap() },
    webhook: {
      forms: ["readings", "changed"],
      sign: async ({ secret, form, span }) => {
        const text = form === "changed" ? { type: "changed" } : await relayed(world, span);
        const body = new TextEncoder().encode(JSON.stringify(text));
        const signedAt = Math.floor(time.nowMs() / 1000) as Instant;
        const headers = (await signStandardWebhook({ id: `msg_${form}`, signedAt, body, secret }))._unsafeUnwrap();
        return { headers: { ...headers }, body };
      },
    },
  };
}

/** A relay that has access of its own hands on what it was given. */
async function relayed(world: World & { readonly cloud: Cloud }, { from, to }: Span) {
  const answer = await getData(world, await connected(world, world.cloud.user), windowPath("egvs", from, to));
  const { userId, records } = (await answer.json()) as { readonly userId: string; readonly records: readonly unknown[] };
  return { type: "egvs", userId, records };
}

function shownBy({ simulator, cloud }: Acting, span: Span): readonly ShownReading[] {
  if (simulator.faults.rules().some(({ fault, from }) => fault === "no_data" && from !== null)) return [];
  const shown = simulator.published(cloud.user, span).flatMap((record) => toShown(record, cloud.utcOffsetMinutes));
  return [...new Map(shown.map((each) => [each.at, each])).values()];
}

function toShown({ at, versions }: PublishedRecord, utcOffsetMinutes: number | undefined): readonly ShownReading[] {
  const version = versions.at(-1);
  if (version === undefined || version.mgdl === null) return [];
  const { mgdl, flag } = version;
  const glucose = flag === null ? mgdl : flag === "below" ? { below: 40 } : { above: 400 };
  return [{ at: at as Instant, glucose, ...(utcOffsetMinutes !== undefined && { utcOffsetMinutes }) }];
}

/** The first seed under which a user's wall clock is not whole hours from UTC, as their records tell. */
async function elsewhere(user: string): Promise<Pick<Cloud, "user" | "seed" | "utcOffsetMinutes">> {
  for (let n = 0; n < 100; n++) {
    const world = createWorld({ seed: `${n}` });
    const [record] = await recordsIn(getData(world, await connected(world, user), windowPath("egvs", WINDOW.from, WINDOW.to)));
    const zone = /([+-])(\d\d):(\d\d)$/.exec(String(record?.["displayTime"]));
    const utcOffsetMinutes = zone === null ? 0 : Number(`${zone[1]}1`) * (60 * Number(zone[2]) + Number(zone[3]));
    if (utcOffsetMinutes % 60 !== 0) return { user, seed: `${n}`, utcOffsetMinutes };
  }
  throw new Error("nobody lives at an odd offset any more");
}
