import { type GlucoseUnit, type Instant, type Span, toMgdl } from "@bg-ingest/core";
import type { ShownReading } from "@bg-ingest/core/testing";
import { z } from "zod";
import type { MockWorld } from "../src/index.ts";

const page = z.object({ nextPage: z.string().nullable(), records: z.array(z.unknown()) });
const record = z.object({
  systemTime: z.iso.datetime(),
  displayTime: z.string().optional(),
  value: z.number(),
  status: z.string().nullish(),
  unit: z.enum(["mg/dL", "mmol/L"]),
});

/** What the vendor shows of an account just now, read from its own answers and without the provider; what cannot be read is left out. */
export async function vendorShows(world: MockWorld, account: string, span: Span): Promise<readonly ShownReading[]> {
  const { accessKey } = z.object({ accessKey: z.string() }).parse(await ask(world, "POST", "/v1/demo-login", { user: account }));
  const shown: ShownReading[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const bounds = { start: new Date(span.from * 1000).toISOString(), end: new Date(span.to * 1000).toISOString() };
    const query = new URLSearchParams({ ...bounds, ...(next !== "" && { page: next }) });
    const answer = page.parse(await ask(world, "GET", `/v1/readings?${query}`, {}, accessKey));
    shown.push(...answer.records.flatMap(toShown));
    next = answer.nextPage;
  }
  return [...new Map(shown.map((each) => [each.at, each])).values()].sort((a, b) => a.at - b.at);
}

async function ask(world: MockWorld, method: string, path: string, form: Readonly<Record<string, string>>, key = ""): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await world.fetch(`https://mock.invalid${path}`, { method, headers, body: new URLSearchParams(form).toString() });
  return JSON.parse(await response.text());
}

function toShown(sent: unknown): readonly ShownReading[] {
  const read = record.safeParse(sent);
  if (!read.success) return [];
  const { systemTime, displayTime, value, status, unit } = read.data;
  const zone = /([+-])(\d\d):(\d\d)$/.exec(displayTime ?? "");
  const offset = zone === null ? undefined : Number(`${zone[1]}1`) * (60 * Number(zone[2]) + Number(zone[3]));
  return [
    {
      at: (Date.parse(systemTime) / 1000) as Instant,
      glucose: glucoseOf(value, status, unit),
      ...(offset !== undefined && { utcOffsetMinutes: offset }),
    },
  ];
}

/** The sensor measures 40 to 400 mg/dL, which it calls 2.2 to 22.2 mmol/L. */
function glucoseOf(value: number, status: string | null | undefined, unit: GlucoseUnit): ShownReading["glucose"] {
  const inMgdl = (told: number) => toMgdl(told, unit)._unsafeUnwrap();
  if (status === "low") return { below: inMgdl(unit === "mg/dL" ? 40 : 2.2) };
  if (status === "high") return { above: inMgdl(unit === "mg/dL" ? 400 : 22.2) };
  return inMgdl(value);
}
