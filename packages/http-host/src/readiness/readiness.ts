import type { AsyncResult, BusError, Call, Cluster, ConnectionStore, UserId } from "@bg-ingest/core";
import type { HttpDeps, Readiness } from "../http/http-deps.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** Nobody: a look-up that finds nothing is enough to know that the store answers. */
const NOBODY = "readiness" as UserId;

/** The store is waited for longer than this; without the bus the service can serve. */
const BUS_ANSWERS_WITHIN_MS = 2_000;

export interface ReadinessDeps {
  readonly connections: Pick<ConnectionStore, "recordsOf">;
  readonly scheduler: Pick<Scheduler, "isStarted">;
  readonly cluster: Pick<Cluster, "trouble">;
  /** `null` where events are told inside this process alone. */
  readonly bus: { check(call: Call): AsyncResult<void, BusError> } | null;
}

type Check = Readiness["checks"][number];

/** Ready: the store answers, every source is in the schedule, and nothing keeps this replica from taking part. A bus that is away is told, and stops nobody: events wait in the days. */
export function createReadiness({ connections, scheduler, cluster, bus }: ReadinessDeps): HttpDeps["readiness"] {
  const checkStore = async (call: Call): Promise<Check> => {
    const answer = await connections.recordsOf(NOBODY, call);
    return { name: "store", ok: answer.isOk(), message: answer.isOk() ? null : answer.error.message };
  };
  const checkSchedule = (): Check => {
    const isStarted = scheduler.isStarted();
    return { name: "schedule", ok: isStarted, message: isStarted ? null : "The sources are still being looked up." };
  };
  const checkCluster = (): Check => {
    const message = cluster.trouble();
    return { name: "cluster", ok: message === null, message };
  };
  return async (call): Promise<Readiness> => {
    const [store, told] = await Promise.all([checkStore(call), bus === null ? null : checkBus(bus, call)]);
    const needed = [store, checkSchedule(), checkCluster()];
    return { ready: needed.every(({ ok }) => ok), checks: told === null ? needed : [...needed, told] };
  };
}

async function checkBus(bus: NonNullable<ReadinessDeps["bus"]>, { signal }: Call): Promise<Check> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(BUS_ANSWERS_WITHIN_MS)]);
  const noAnswer = new Promise<string>((resolve) => {
    late.addEventListener("abort", () => resolve("The bus does not answer."), { once: true });
  });
  const message = await Promise.race([noAnswer, bus.check({ signal }).then((answer) => (answer.isOk() ? null : answer.error.message))]);
  return { name: "bus", ok: message === null, message: message === null ? null : `${message} ${BUS_AWAY}` };
}

const BUS_AWAY =
  "Readings are fetched, stored and served all the same, and told once it is back; deliveries by webhook are refused meanwhile.";
