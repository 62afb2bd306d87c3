import { instantOfMs, parseInstant } from "@bg-ingest/core";
import { err, fromThrowable, ok, Result } from "neverthrow";
import { z } from "zod";

/** Recorded readings, earliest first. */
export interface Trace {
  readonly entries: readonly TraceEntry[];
}

export interface TraceEntry {
  /** Whole seconds since the epoch. */
  readonly at: number;
  /** mg/dL as recorded; `null`: the sensor failed. */
  readonly mgdl: number | null;
  /** The recorded word. */
  readonly direction: string | null;
  readonly utcOffsetMinutes: number | null;
  readonly device: string | null;
}

export interface TraceRefused {
  readonly kind: "trace_refused";
  readonly message: string;
}

/**
 * Readings in Nightscout entry form, in any order: `sgv` in mg/dL, a number or a numeric string, beside `date` (ms since the
 * epoch) or `dateString` (with a zone). Entries of another `type` are left out. An `sgv` of 1 to 12 is an error code of the
 * sensor; from 13 on it is a number, a bare 39 too.
 */
export function parseTrace(values: unknown): Result<Trace, TraceRefused> {
  const parsed = trace.safeParse(values);
  if (!parsed.success) return refused(explain(parsed.error));
  const readings = parsed.data.map((entry, index) => ({ entry, index })).filter(({ entry }) => (entry.type ?? "sgv") === "sgv");
  if (readings.length === 0) return refused("it holds no entry of type sgv");
  return Result.combine(readings.map(({ entry, index }) => toTraceEntry(entry, index))).map((entries) => ({
    entries: entries.sort((a, b) => a.at - b.at),
  }));
}

export function parseTraceText(text: string): Result<Trace, TraceRefused> {
  return parseJson(text).andThen(parseTrace);
}

const HIGHEST_ERROR_CODE = 12;

const entry = z.object({
  type: z.string().nullish(),
  date: z.number().nullish(),
  dateString: z.string().nullish(),
  sgv: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .nullish(),
  direction: z.string().nullish(),
  utcOffset: z.number().nullish(),
  device: z.string().nullish(),
});

const trace = z.array(entry);

function toTraceEntry(
  { date, dateString, sgv, direction, utcOffset, device }: z.output<typeof entry>,
  index: number,
): Result<TraceEntry, TraceRefused> {
  const at = typeof date === "number" ? instantOfMs(date) : parseInstant(dateString ?? "");
  if (at.isErr() || typeof sgv !== "number") return refused(noReading(index));
  return ok({
    at: at.value,
    mgdl: sgv <= HIGHEST_ERROR_CODE ? null : sgv,
    direction: direction ?? null,
    utcOffsetMinutes: utcOffset ?? null,
    device: device ?? null,
  });
}

function explain(error: z.ZodError): string {
  const index = error.issues[0]?.path[0];
  return index === undefined ? "it is not an array of entries" : noReading(Number(index));
}

function noReading(index: number): string {
  return `entry ${index}, counted from 0, is no reading in Nightscout entry form: it needs date (ms since 1970) or dateString (with a zone), and sgv (mg/dL)`;
}

const parseJson = fromThrowable(
  (text: string): unknown => JSON.parse(text),
  (): TraceRefused => ({ kind: "trace_refused", message: "it is not JSON" }),
);

function refused(message: string): Result<never, TraceRefused> {
  return err({ kind: "trace_refused", message });
}
