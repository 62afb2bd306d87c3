import { normalize } from "../../normalize/normalize.ts";
import type { RawReading, RawRejected } from "../../normalize/raw-reading.ts";
import type { SetAside } from "../../ports/set-aside.ts";
import { addSeconds, formatInstant, type Instant, SECONDS_PER_DAY, type Span } from "../../reading/instant.ts";
import type { Reading } from "../../reading/reading.ts";
import { broken, keeps } from "../promise.ts";
import type { Fetched } from "./fetched.ts";
import type { Stage } from "./stage.ts";
import type { ShownReading } from "./vendor-world.ts";

const FEWEST = 6;

/** The truth of the world's window, looked at whether it is one that can catch anybody. */
export async function truthOf(stage: Stage): Promise<readonly ShownReading[]> {
  const { window } = stage.world;
  const shown = await stage.world.shown(window);
  const promised = `world("${stage.situation}") shows ${FEWEST} readings or more in its window, oldest first, one per instant`;
  keeps(promised, shown.length >= FEWEST, `it shows ${shown.length}`);
  const isOrdered = shown.every(({ at }, n) => isWithin(window, at) && at > (shown[n - 1]?.at ?? -Infinity));
  keeps(promised, isOrdered, "they are not in order, or not all in the window");
  const width = window.to - window.from;
  const { maxWindowSeconds } = stage.traits;
  keeps("the world's window is one that the provider takes", width <= maxWindowSeconds, `it is ${width} s wide, not ${maxWindowSeconds}`);
  return shown;
}

/** What came without an error, and is exactly what the vendor shows of a window. What lies outside it is nobody's concern. */
export async function holdsTruth(stage: Stage, promised: string, fetched: Fetched, window: Span = stage.world.window): Promise<void> {
  const { error } = fetched;
  if (error !== null) broken(promised, `it answered ${error.kind}: ${error.message}`);
  matches(stage, promised, fetched, await stage.world.shown(window), window);
}

/** What access is good for: readings came. Whether all did is for others to see. */
export function bringsReadings(promised: string, { error, readings }: Fetched): void {
  if (error !== null) broken(promised, `it answered ${error.kind}: ${error.message}`);
  keeps(promised, readings.length > 0, "no error came, and no reading either");
}

/** That these readings came, whatever else did; only the instant is looked at. */
export function hasInstants(stage: Stage, promised: string, { error, readings, rejected }: Fetched, shown: readonly ShownReading[]): void {
  if (error !== null) broken(promised, `it answered ${error.kind}: ${error.message}`);
  const brought = new Set(normalize(readings, rejected, stage.now()).readings.map(({ at }) => at));
  const missing = shown.filter(({ at }) => !brought.has(at)).map(({ at }) => at);
  keeps(promised, missing.length === 0, listed("missing", missing, shown.length).join());
}

/** That these readings came and say what they should. */
export function says(stage: Stage, promised: string, { error, readings, rejected }: Fetched, shown: readonly ShownReading[]): void {
  if (error !== null) broken(promised, `it answered ${error.kind}: ${error.message}`);
  const asked = new Set(shown.map(({ at }) => at));
  const brought = normalize(readings, rejected, stage.now()).readings.filter(({ at }) => asked.has(at));
  const faults = differences(brought, shown);
  keeps(promised, faults.length === 0, faults.join("; "));
}

/** Answers what was set aside. */
export function matches(
  stage: Stage,
  promised: string,
  page: { readonly readings: readonly RawReading[]; readonly rejected: readonly RawRejected[] },
  shown: readonly ShownReading[],
  window: Span,
): readonly SetAside[] {
  const { readings, setAside } = normalize(page.readings, page.rejected, stage.now());
  const inside = readings.filter(({ at }) => isWithin(window, at));
  const faults = differences(inside, shown);
  keeps(promised, faults.length === 0, `${faults.join("; ")}${hintFor(stage, page.readings, shown)}${asideNote(setAside)}`);
  return setAside;
}

function differences(readings: readonly Reading[], shown: readonly ShownReading[]): readonly string[] {
  const brought = new Map(readings.map((reading) => [reading.at, reading]));
  const truth = new Set(shown.map(({ at }) => at));
  const missing = shown.filter(({ at }) => !brought.has(at)).map(({ at }) => at);
  const invented = readings.filter(({ at }) => !truth.has(at)).map(({ at }) => at);
  const wrong = shown.flatMap((each) => differenceOf(each, brought.get(each.at)));
  return [
    ...listed("missing", missing, shown.length),
    ...listed("not shown by the vendor", invented, readings.length),
    ...wrong.slice(0, 3),
  ];
}

function listed(what: string, instants: readonly Instant[], of: number): readonly string[] {
  if (instants.length === 0) return [];
  const some = instants.slice(0, 3).map(formatInstant).join(", ");
  return [`${what}: ${instants.length} of ${of}, ${some}${instants.length > 3 ? ", …" : ""}`];
}

function differenceOf(shown: ShownReading, brought: Reading | undefined): readonly string[] {
  if (brought === undefined) return [];
  const { glucose, utcOffsetMinutes } = shown;
  const is = brought.rangeFlag === null ? `${brought.mgdl} mg/dL` : `${brought.rangeFlag.side} ${brought.rangeFlag.boundMgdl} mg/dL`;
  const should =
    typeof glucose === "number" ? `${glucose} mg/dL` : "below" in glucose ? `below ${glucose.below} mg/dL` : `above ${glucose.above} mg/dL`;
  const when = formatInstant(shown.at);
  const offset = brought.utcOffsetMinutes;
  return [
    ...(is === should ? [] : [`at ${when} it says ${is} and should say ${should}`]),
    ...(utcOffsetMinutes === undefined || utcOffsetMinutes === offset
      ? []
      : [`at ${when} the UTC offset is ${offset} min and should be ${utcOffsetMinutes}`]),
  ];
}

/** Everything shifted by the same whole minutes is the commonest mistake of all. */
function hintFor(stage: Stage, raw: readonly RawReading[], shown: readonly ShownReading[]): string {
  const { readings } = normalize(raw, [], addSeconds(stage.now(), SECONDS_PER_DAY));
  const [first, last] = [readings[0], readings.at(-1)];
  const [shownFirst, shownLast] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined || shownFirst === undefined || shownLast === undefined) return "";
  const shift = first.at - shownFirst.at;
  const isAll = shift !== 0 && shift % 60 === 0 && last.at - shownLast.at === shift && readings.length === shown.length;
  return isAll ? `; all of it lies ${shift / 60} min off: is a wall clock taken for UTC?` : "";
}

function asideNote(setAside: readonly SetAside[]): string {
  const [first] = setAside;
  return first === undefined ? "" : `; set aside: ${setAside.length}, the first as ${first.reason} (${first.detail})`;
}

export function isWithin(span: Span, at: Instant): boolean {
  return at >= span.from && at < span.to;
}
