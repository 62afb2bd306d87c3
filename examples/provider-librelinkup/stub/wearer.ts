/** A reading as the cloud of the stub knows it. */
export interface Measurement {
  /** Seconds since 1970. */
  readonly at: number;
  readonly mgdl: number;
  /** Only the current reading has one. */
  readonly arrow: number | null;
}

export interface Wearer {
  readonly patientId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly utcOffsetMinutes: number;
  /** Between two points of the graph: 300 or 900. */
  readonly graphStepSeconds: number;
  /** Nobody knows which; the sensor's own clock is no multiple of a minute. */
  readonly phaseSeconds: number;
}

/** The graph has nothing newer. */
const GRAPH_DELAY_SECONDS = 20 * 60;
const GRAPH_SECONDS = 12 * 3_600;

/** Points of the graph and the current reading, as far as the phone has sent them. */
export function measurementsOf(
  { graphStepSeconds: step, phaseSeconds }: Wearer,
  nowSeconds: number,
  sentSeconds: number,
): { readonly graph: readonly Measurement[]; readonly current: Measurement } {
  const newest = floorTo(Math.min(nowSeconds - GRAPH_DELAY_SECONDS, sentSeconds) - phaseSeconds, step) + phaseSeconds;
  const graph: Measurement[] = [];
  for (let at = newest; at > nowSeconds - GRAPH_SECONDS; at -= step) graph.unshift({ at, mgdl: glucoseAt(at), arrow: null });
  const at = floorTo(sentSeconds - phaseSeconds, 60) + phaseSeconds;
  return { graph, current: { at, mgdl: glucoseAt(at), arrow: arrowAt(at) } };
}

function floorTo(seconds: number, step: number): number {
  return Math.floor(seconds / step) * step;
}

/** Up and down every four hours, beyond what the sensor measures at either end. */
function glucoseAt(at: number): number {
  const wave = Math.sin((at / (4 * 3_600)) * 2 * Math.PI);
  return Math.min(501, Math.max(39, Math.round(260 + 280 * wave)));
}

function arrowAt(at: number): number {
  const change = (glucoseAt(at) - glucoseAt(at - 300)) / 5;
  if (Math.abs(change) < 1) return 3;
  const isFast = Math.abs(change) > 2;
  return change > 0 ? (isFast ? 5 : 4) : isFast ? 1 : 2;
}

/** `1/5/2026 12:04:09 AM`, as the cloud prints a clock that stands in UTC. */
export function printTime(seconds: number): string {
  const date = new Date(seconds * 1_000);
  const hour = date.getUTCHours();
  const two = (part: number) => String(part).padStart(2, "0");
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hour < 12 ? "AM" : "PM"}`;
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${clock}`;
}

/** With fields that nobody asked for, as they come. */
export function printMeasurement({ at, mgdl, arrow }: Measurement, { utcOffsetMinutes }: Wearer): Readonly<Record<string, unknown>> {
  return {
    FactoryTimestamp: printTime(at),
    Timestamp: printTime(at + utcOffsetMinutes * 60),
    type: arrow === null ? 0 : 1,
    ValueInMgPerDl: mgdl,
    ...(arrow !== null && { TrendArrow: arrow, TrendMessage: null }),
    MeasurementColor: mgdl < 70 ? 3 : 1,
    GlucoseUnits: 0,
    Value: Math.round(mgdl / 1.8) / 10,
    isHigh: mgdl > 500,
    isLow: mgdl < 40,
  };
}
