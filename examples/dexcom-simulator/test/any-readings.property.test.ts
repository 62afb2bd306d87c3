import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-dexcom";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { timeFrom } from "../../../packages/http-host/test/fast-time.ts";
import { readDateWindow } from "../src/endpoints/date-window.ts";
import type { VendorRules } from "../src/index.ts";
import { NOW_MS, REDIRECT_URI } from "./support/application.ts";

/** An EGV as the vendor writes it, and what it says. */
interface Egv {
  readonly at: number;
  readonly says: { readonly mgdl: number; readonly flag: "below" | "above" | null; readonly offset: number };
  readonly record: Readonly<Record<string, unknown>>;
}

const DAY = 86_400;
const NOW = NOW_MS / 1000;
/** Far beyond what polls look at again: what a backfill passes over there, nothing heals. */
const DAYS = 220;
/** Histories are asked for in whole days, so their windows touch at midnights. */
const MIDNIGHTS = Array.from({ length: DAYS - 1 }, (_, day) => NOW - (NOW % DAY) - day * DAY);

const said = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ value: fc.integer({ min: 41, max: 399 }), status: fc.constantFrom(null, "ok", "unknown", undefined) }),
  },
  { weight: 1, arbitrary: fc.record({ value: fc.constant(39), status: fc.constantFrom("low", null, undefined) }) },
  { weight: 1, arbitrary: fc.record({ value: fc.constant(401), status: fc.constantFrom("high", null, undefined) }) },
);

const egv: fc.Arbitrary<Egv> = fc
  .record({
    at: fc.oneof(fc.integer({ min: NOW - DAYS * DAY, max: NOW - 3_600 }), fc.constantFrom(...MIDNIGHTS)),
    milliseconds: fc.oneof(fc.constant(null), fc.constant(0), fc.integer({ min: 0, max: 999 })),
    halfHours: fc.integer({ min: -24, max: 28 }),
    trend: fc.constantFrom("flat", "doubleUp", "fortyFiveDown", "notComputable", "aNewWord", null),
    said,
  })
  .map(written);

interface Meant {
  readonly at: number;
  readonly milliseconds: number | null;
  readonly halfHours: number;
  readonly trend: string | null;
  readonly said: { readonly value: number; readonly status: string | null | undefined };
}

function written({ at, milliseconds, halfHours, trend, said: { value, status } }: Meant): Egv {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = milliseconds === null ? "" : `.${String(milliseconds).padStart(3, "0")}`;
  const offset = `${halfHours < 0 ? "-" : "+"}${String(Math.floor(Math.abs(halfHours) / 2)).padStart(2, "0")}:${halfHours % 2 === 0 ? "00" : "30"}`;
  const flag = value < 40 ? "below" : value > 400 ? "above" : null;
  return {
    at,
    says: { mgdl: value, flag, offset: halfHours * 30 },
    record: {
      systemTime: `${iso(at)}${fraction}Z`,
      displayTime: `${iso(at + halfHours * 1_800)}${fraction}${offset}`,
      transmitterId: "b".repeat(64),
      value,
      ...(status === undefined ? {} : { status }),
      trend,
      unit: "mg/dL",
      rateUnit: "mg/dL/min",
    },
  } as const;
}

interface Account {
  readonly egvs: readonly Egv[];
  readonly windowEnds: VendorRules["windowEnds"];
}

/** Whatever was asked to be there, by the vendor's account. */
const accounts = new Map<string, Account>();

/** A vendor that is always right: a code is good for the account of the same name. */
const vendor: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  const { pathname, searchParams } = new URL(request.url);
  if (pathname.endsWith("/oauth2/token")) {
    const account = new URLSearchParams(await request.text()).get("code");
    return Response.json({
      access_token: `access-${account}`,
      refresh_token: `refresh-${account}`,
      expires_in: 7_200,
      token_type: "Bearer",
    });
  }
  const userId = request.headers.get("authorization")?.replace("Bearer access-", "") ?? "";
  const { egvs, windowEnds } = accounts.get(userId) ?? { egvs: [], windowEnds: "closed_open" };
  const envelope = { recordType: "egv", recordVersion: "3.0", userId };
  if (pathname.endsWith("/dataRange")) {
    const sorted = egvs.toSorted((a, b) => a.at - b.at).map(({ record }) => ({ systemTime: record["systemTime"] }));
    return Response.json({ ...envelope, egvs: sorted.length === 0 ? null : { start: sorted[0], end: sorted.at(-1) } });
  }
  const window = readDateWindow(searchParams, { dates: "plain_only", windowEnds });
  if (window.isErr()) return new Response(window.error, { status: 400 });
  const { fromMs, toMs } = window.value;
  const timeOf = ({ record }: Egv) => Date.parse(String(record["systemTime"]));
  const records = egvs.filter((each) => timeOf(each) >= fromMs && timeOf(each) < toMs).map(({ record }) => record);
  return Response.json({ ...envelope, records });
};

let host: Host;
let url = "";

beforeAll(async () => {
  const created = await createHost({
    environment: {
      DATA_DIR: mkdtempSync(join(tmpdir(), "bg-any-")),
      PORT: "0",
      DEMO: "off",
      LOG_LEVEL: "silent",
      DEXCOM_CLIENT_ID: "an application",
      DEXCOM_CLIENT_SECRET: "its secret",
      DEXCOM_REDIRECT_URI: REDIRECT_URI,
    },
    envFile: "/dev/null",
    importModule: (name) => import(name),
    providers: [provider],
    fetch: vendor,
    time: timeFrom(NOW_MS),
  });
  host = created._unsafeUnwrap();
  url = (await host.start())._unsafeUnwrap().url;
});

afterAll(() => host.stop());

async function connect(account: string): Promise<void> {
  const started = await fetch(`${url}/api/connections/${account}/dexcom`, { method: "POST" });
  const { authorization_url } = (await started.json()) as { readonly authorization_url: string };
  const state = new URL(authorization_url).searchParams.get("state") ?? "";
  const cookie = started.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  const query = new URLSearchParams({ code: account, state });
  expect((await fetch(`${url}/api/oauth/dexcom/callback?${query}`, { headers: { cookie } })).status).toBe(200);
}

/** That there is no history is not believed for days: once the provider has said so, all that it has was asked for all the same. */
async function historyIsRead(account: string): Promise<boolean> {
  const answer = await fetch(`${url}/api/connections/${account}`);
  const { connections } = (await answer.json()) as {
    readonly connections: readonly {
      readonly backfill: { readonly finished_at: string | null; readonly nothing_said: number };
    }[];
  };
  const isEmpty = accounts.get(account)?.egvs.length === 0;
  return connections.every(({ backfill }) => backfill.finished_at !== null || (isEmpty && backfill.nothing_said > 0));
}

const atEveryMidnight = MIDNIGHTS.map((at) =>
  written({ at, milliseconds: null, halfHours: 0, trend: "flat", said: { value: 100, status: null } }),
);

const anyEgvs = fc.uniqueArray(egv, { selector: ({ at }) => at, maxLength: 120, size: "max" });

describe.each(["open_open", "closed_open", "closed"] as const)("from a vendor whose windows are %s", (windowEnds) => {
  it("any set of valid EGVs comes back from the API with its instants, values, flags and offsets", async () => {
    let people = 0;
    await fc.assert(
      fc.asyncProperty(anyEgvs, async (egvs) => {
        const account = `${windowEnds}-${people++}`;
        accounts.set(account, { egvs, windowEnds });
        await connect(account);
        await expect.poll(() => historyIsRead(account), { interval: 20, timeout: 30_000 }).toBe(true);
        const from = new Date((NOW - (DAYS + 1) * DAY) * 1000).toISOString();
        const answer = await fetch(`${url}/api/bg/${account}?from=${from}&detail=full&view=all`);
        const served = (await answer.json()) as readonly Record<string, unknown>[];
        const expected = egvs.toSorted((a, b) => a.at - b.at);
        expect(
          served.map(({ timestamp, glucose_mg_dl, range_flag, utc_offset_minutes }) => ({
            at: Date.parse(String(timestamp)) / 1000,
            says: { mgdl: range_flag === null ? glucose_mg_dl : null, flag: range_flag, offset: utc_offset_minutes },
          })),
        ).toEqual(expected.map(({ at, says }) => ({ at, says: { ...says, mgdl: says.flag === null ? says.mgdl : null } })));
      }),
      { numRuns: 15, examples: [[[]], [atEveryMidnight]] },
    );
  });
});
