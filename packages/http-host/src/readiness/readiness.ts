import type { ConnectionStore, UserId } from "@bg-ingest/core";
import type { HttpDeps, Readiness } from "../http/http-deps.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** Nobody: a look-up that finds nothing is enough to know that the store answers. */
const NOBODY = "readiness" as UserId;

/** Ready: the store answers, and every source is in the schedule. */
export function createReadiness(
  connections: Pick<ConnectionStore, "recordsOf">,
  scheduler: Pick<Scheduler, "isStarted">,
): HttpDeps["readiness"] {
  return async (call): Promise<Readiness> => {
    const answer = await connections.recordsOf(NOBODY, call);
    const store = { name: "store", ok: answer.isOk(), message: answer.isOk() ? null : answer.error.message };
    const isStarted = scheduler.isStarted();
    const schedule = { name: "schedule", ok: isStarted, message: isStarted ? null : "The sources are still being looked up." };
    return { ready: store.ok && schedule.ok, checks: [store, schedule] };
  };
}
