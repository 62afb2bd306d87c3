import { NOT_TOLD, type SeriesRun, TRENDS } from "@bg-ingest/core";
import type { Representation } from "../src/http/series/representation.ts";

export type NaiveRow = Readonly<Record<string, string | number | null>>;

/** The rows of a series as anybody would make them who has all the time in the world. */
export function naiveRows(runs: readonly SeriesRun[], { detail, unit }: Pick<Representation, "detail" | "unit">): readonly NaiveRow[] {
  return runs.flatMap((run) =>
    [...run.versions].map((version) => (detail === "plain" ? plainRow(run, version, unit) : fullRow(run, version, unit))),
  );
}

type Unit = Representation["unit"];

function plainRow({ day, timeline }: SeriesRun, version: number, unit: Unit): NaiveRow {
  const timestamp = rfc3339(day * 86_400 + (timeline.second[version] ?? 0));
  const mgdl = timeline.mgdl[version] ?? 0;
  return unit === "mg/dL" ? { timestamp, glucose_mg_dl: mgdl } : { timestamp, glucose_mmol_l: mmoll(mgdl) };
}

function fullRow(run: SeriesRun, version: number, unit: Unit): NaiveRow {
  const { timeline } = run;
  const { trend, rate, utcOffset } = run.details();
  const bound = timeline.bound[version] ?? 0;
  const boundValue = bound === 0 ? null : unit === "mg/dL" ? Math.abs(bound) : mmoll(Math.abs(bound));
  const second = timeline.second[version];
  return {
    ...plainRow(run, version, unit),
    trend: TRENDS[trend[version] ?? 0] ?? null,
    trend_rate_mg_dl_min: rate[version] === NOT_TOLD ? null : (rate[version] ?? 0) / 100,
    range_flag: bound === 0 ? null : bound < 0 ? "below" : "above",
    ...(unit === "mg/dL" ? { range_bound_mg_dl: boundValue } : { range_bound_mmol_l: boundValue }),
    source: run.source.sourceId,
    device: timeline.devices[timeline.device[version] ?? 0] ?? null,
    utc_offset_minutes: utcOffset[version] === NOT_TOLD ? null : (utcOffset[version] ?? 0),
    received_at: rfc3339(run.commits().find(({ end }) => version < end)?.receivedAt ?? 0),
    revision: [...timeline.second.slice(0, version)].filter((each) => each === second).length,
  };
}

function rfc3339(second: number): string {
  return new Date(second * 1000).toISOString().replace(".000Z", "Z");
}

function mmoll(mgdl: number): number {
  return Number((mgdl / 18.01559).toFixed(1));
}

/** RFC 4180, each record by the names of the header. */
export function parseCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const records: string[][] = [[]];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    const isPair = character === '"' && text[at + 1] === '"';
    if (isQuoted && isPair) {
      field += '"';
      at++;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) field += character;
    else if (character === ",") {
      records.at(-1)?.push(field);
      field = "";
    } else if (character === "\r" && text[at + 1] === "\n") {
      records.at(-1)?.push(field);
      records.push([]);
      field = "";
      at++;
    } else field += character;
  }
  const [names = [], ...rows] = records.slice(0, -1);
  return rows.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column] ?? "MISSING"])));
}
