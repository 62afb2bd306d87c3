import type { HttpMeter, TurnedAway } from "../http/http-meter.ts";
import type { ProblemKind } from "../http/problem/problem-kinds.ts";
import type { Instruments } from "./instruments.ts";
import { METRICS } from "./metric-catalogue.ts";
import type { Scrapes } from "./scrapes.ts";

/** Of the problems, those that say that somebody was turned away for the good of all. */
const SHED: ReadonlySet<ProblemKind | TurnedAway> = new Set([
  "overloaded",
  "too_many_requests",
  "too_many_connections",
  "slow_reader",
  "shutting_down",
  "request_timeout",
  "body_too_large",
  "headers_too_large",
]);

const BOUNDS_SECONDS = METRICS.requests.buckets ?? [];
const BOUNDS_MS = BOUNDS_SECONDS.map((seconds) => seconds * 1000);

/** Requests of one method, route and status. */
interface Row {
  readonly labels: { readonly method: string; readonly route: string; readonly status: string };
  /** How many ended within each bound and not within the one before; those beyond all of them come last. */
  readonly counts: number[];
  sumMs: number;
}

/**
 * Counts requests. It is run for every one of them, so the rows are its own and prom-client reads them when somebody asks: three look-ups
 * and an addition, where `observe` sorts and joins the labels each time.
 */
export function createHttpMeter({ requests, shed, inFlight }: Instruments, scrapes: Scrapes): HttpMeter {
  const rows = new Map<string | null, Map<string, Map<number, Row>>>();
  const described = requests.get();
  const read = async () => ({ ...(await described), values: [...rows.values()].flatMap(seriesOf) });
  Object.assign(requests, { get: read, getForPromString: read });
  for (const reason of SHED) shed.inc({ reason }, 0);

  function addRow(method: string, route: string | null, status: number): Row {
    const ofRoute = rows.get(route) ?? new Map<string, Map<number, Row>>();
    const ofMethod = ofRoute.get(method) ?? new Map<number, Row>();
    const row = newRow(method, route, status);
    rows.set(route, ofRoute.set(method, ofMethod.set(status, row)));
    return row;
  }

  return {
    answered(method, route, status, ms, problem) {
      const row = rows.get(route)?.get(method)?.get(status) ?? addRow(method, route, status);
      let bucket = 0;
      while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] as number)) bucket++;
      row.counts[bucket] = (row.counts[bucket] as number) + 1;
      row.sumMs += ms;
      if (problem !== null && SHED.has(problem)) shed.inc({ reason: problem });
    },
    turnedAway(reason) {
      if (SHED.has(reason)) shed.inc({ reason });
    },
    watch(look) {
      scrapes.before(() => {
        const { requests: asked, connections } = look();
        inFlight.set({ of: "requests" }, asked);
        inFlight.set({ of: "connections" }, connections);
      });
    },
  };
}

function newRow(method: string, route: string | null, status: number): Row {
  const labels = { method, route: route ?? "none", status: String(status) };
  return { labels, counts: new Array<number>(BOUNDS_MS.length + 1).fill(0), sumMs: 0 };
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function seriesOf(ofRoute: ReadonlyMap<string, ReadonlyMap<number, Row>>): readonly Sample[] {
  return [...ofRoute.values()].flatMap((ofMethod) => [...ofMethod.values()].flatMap(samplesOf));
}

/** As prom-client shows a histogram: each bucket holds those before it. */
function samplesOf({ labels, counts, sumMs }: Row): readonly Sample[] {
  const { name } = METRICS.requests;
  let sum = 0;
  const buckets = counts.map((count, index) => {
    sum += count;
    return { metricName: `${name}_bucket`, labels: { le: BOUNDS_SECONDS[index] ?? "+Inf", ...labels }, value: sum };
  });
  return [...buckets, { metricName: `${name}_sum`, labels, value: sumMs / 1000 }, { metricName: `${name}_count`, labels, value: sum }];
}
