import { join } from "node:path";
import { expect } from "vitest";
import { linesOf, rowsOf, runExample } from "./example-program.ts";
import { type RunningService, STARTED_AT_MS } from "./running-service.ts";

interface OfService {
  readonly timestamp: string;
  readonly glucose_mg_dl: number;
  readonly trend: string;
}

interface OfExample {
  readonly timestamp: string;
  readonly mgdl: number;
  readonly trend: string;
}

interface OfFile {
  readonly user_id: string;
  readonly timestamp: Date;
  readonly glucose_mg_dl: number;
  readonly trend: string;
}

/** Nothing measured before the start comes later: polls that go on beside change nothing here. */
const UNTIL = new Date(STARTED_AT_MS).toISOString();
/** Moments after the start, when the history was known. */
const AFTERWARDS = new Date(STARTED_AT_MS + 15 * 60_000).toISOString();

/** Whatever the example says beside a service that runs is what the service says itself; and the service goes on. */
export async function agreesWithService(
  service: RunningService,
  store: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  const exampleUntil = (until: string, ...words: readonly string[]) => runExample([...words, ...store, "--until", until], environment);
  const example = (...words: readonly string[]) => exampleUntil(UNTIL, ...words);
  await service.connect("anna");
  await service.connect("ben");

  const from = new Date(Date.parse(UNTIL) - 3 * 86_400_000).toISOString();
  const ofService = await service.get<readonly OfService[]>(`/api/bg/anna?from=${from}&to=${UNTIL}&detail=full`);
  expect(ofService.length).toBeGreaterThan(500);
  const printed = linesOf<OfExample>(await example("print", "anna", "3"));
  expect(printed.map(({ timestamp, mgdl, trend }) => [timestamp, mgdl, trend])).toEqual(
    ofService.map(({ timestamp, glucose_mg_dl, trend }) => [timestamp, glucose_mg_dl, trend]),
  );
  const path = join(service.folder, "readings.parquet");
  expect(await example("export", path, "3")).toContain("of 2 people");
  const rows = await rowsOf<OfFile>(path);
  const ofAnna = rows.filter(({ user_id }) => user_id === "anna");
  expect(ofAnna.map((row) => [`${row.timestamp.toISOString().slice(0, 19)}Z`, row.glucose_mg_dl, row.trend])).toEqual(
    ofService.map(({ timestamp, glucose_mg_dl, trend }) => [timestamp, glucose_mg_dl, trend]),
  );
  expect(new Set(rows.map(({ user_id }) => user_id))).toEqual(new Set(["anna", "ben"]));

  const windows = join(service.folder, "windows.parquet");
  expect(await exampleUntil(AFTERWARDS, "windows", windows, "1", "anna")).toContain("of 1 people");
  const moments = await rowsOf<{ readonly at: Date; readonly mg_dl_30_min_ago: number }>(windows);
  // What was received since the service started is known from then on, and not before.
  expect(moments.length).toBeGreaterThan(0);
  expect(moments.every(({ at }) => at.getTime() > STARTED_AT_MS)).toBe(true);
  const row = moments.at(-1);
  const slotFrom = (row?.at.getTime() ?? Number.NaN) - 30 * 60_000;
  const inSlot = ofService.filter(({ timestamp }) => Date.parse(timestamp) >= slotFrom && Date.parse(timestamp) < slotFrom + 300_000);
  expect(row?.mg_dl_30_min_ago).toBe(inSlot.at(-1)?.glucose_mg_dl);

  await service.connect("carla");
  expect(await example("users")).toBe("anna\nben\ncarla\n");
}
