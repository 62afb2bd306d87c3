import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-dexcom";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { timeFrom } from "../../../packages/http-host/test/fast-time.ts";
import { NOW_MS, REDIRECT_URI } from "./support/application.ts";

/** An EGV as the vendor writes it, and what it says. */
interface Egv {
  readonly at: number;
  readonly says: { readonly mgdl: number; readonly flag: "below" | "above" | null; readonly offset: number };
  readonly record: Readonly<Record<string, unknown>>;
}

const DAY = 86_400;
const NOW = NOW_MS / 1000;

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
    at: fc.integer({ min: NOW - 25 * DAY, max: NOW - 3_600 }),
    milliseconds: fc.option(fc.integer({ min: 0, max: 999 }), { nil: null }),
    halfHours: fc.integer({ min: -24, max: 28 }),
    trend: fc.constantFrom("flat", "doubleUp", "fortyFiveDown", "notComputable", "aNewWord", null),
    said,
  })
  .map(({ at, milliseconds, halfHours, trend, said: { value, status } }) => {
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
  });

/** Whatever was asked to be there, by the vendor's account. */
const accounts = new Map<string, readonly Egv[]>();

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
  const egvs = accounts.get(userId) ?? [];
  const envelope = { recordType: "egv", recordVersion: "3.0", userId };
  if (pathname.endsWith("/dataRange")) {
    const sorted = egvs.toSorted((a, b) => a.at - b.at).map(({ record }) => ({ systemTime: record["systemTime"] }));
    return Response.json({ ...envelope, egvs: sorted.length === 0 ? null : { start: sorted[0], end: sorted.at(-1) } });
  }
  const [from, to] = [searchParams.get("startDate"), searchParams.get("endDate")].map((text) => Date.parse(`${text}Z`));
  const timeOf = ({ record }: Egv) => Date.parse(String(record["systemTime"]));
  const records = egvs.filter((each) => timeOf(each) >= (from as number) && timeOf(each) < (to as number)).map(({ record }) => record);
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
  const isEmpty = accounts.get(account)?.length === 0;
  return connections.every(({ backfill }) => backfill.finished_at !== null || (isEmpty && backfill.nothing_said > 0));
}

it("any set of valid EGVs comes back from the API with its instants, values, flags and offsets", async () => {
  let people = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(egv, { selector: ({ at }) => at, maxLength: 120 }), async (egvs) => {
      const account = `person-${people++}`;
      accounts.set(account, egvs);
      await connect(account);
      await expect.poll(() => historyIsRead(account), { interval: 20 }).toBe(true);
      const from = new Date((NOW - 26 * DAY) * 1000).toISOString();
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
    { numRuns: 40, examples: [[[]]] },
  );
});
