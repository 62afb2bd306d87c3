import type { Logger } from "@bg-ingest/core";
import type { FastifyInstance } from "fastify";
import { err, ok, ResultAsync } from "neverthrow";
import type { DecidedAccess } from "./access/decide-access.ts";
import type { Deliveries } from "./deliveries/deliveries.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import type { Timers } from "./scheduler/timers.ts";
import type { Settings } from "./settings/settings-schema.ts";

/** The service as a whole. */
export interface Host<Started = Listening> {
  /** Listens, then ingests. Answers where it listens. */
  start(): ResultAsync<Started, HostRefused>;
  /**
   * Takes no further request, finishes what was begun, gives the store free. What is not finished within the grace of the settings is cut
   * off. Nothing that was accepted is lost. Asked twice, it stops once.
   */
  stop(): Promise<void>;
  /** Writes what nobody caught to the log, as carefully as all else that is written there. */
  report(error: unknown, message: string): void;
}

export interface Bound {
  /** Without a slash at the end. */
  readonly url: string;
}

export interface Listening extends Bound {
  /** Whether callers are asked who they are. */
  readonly access: DecidedAccess;
  /** The demonstration's person, if there is one. */
  readonly demoUserId: string | null;
}

/** The service did not start; `message` says why and what to do, for the person who started it. */
export interface HostRefused {
  readonly kind: "host_refused";
  readonly message: string;
}

export interface HostDeps {
  readonly app: FastifyInstance;
  readonly scheduler: Scheduler;
  readonly deliveries: Deliveries;
  readonly closeEngines: () => Promise<void>;
  readonly settings: Pick<Settings, "host" | "port" | "shutdownGraceSeconds">;
  readonly timers: Timers;
  readonly logger: Logger;
}

type Address = Pick<Settings, "host" | "port">;

export function createHostOf(deps: HostDeps): Host<Bound> {
  const { app, scheduler, deliveries, settings, logger } = deps;
  let stopped: Promise<void> | null = null;
  return {
    start: () =>
      listen(app, settings).map(async (listening) => {
        if (stopped !== null) return listening;
        deliveries.start();
        await scheduler.start();
        return listening;
      }),
    stop() {
      stopped ??= stopAll(deps);
      return stopped;
    },
    report: (error, message) => logger.error({ error }, message),
  };
}

/** Store and bus are closed last, since all others write to them, and are closed whatever became of the others. */
async function stopAll(deps: HostDeps): Promise<void> {
  const { app, scheduler, deliveries, settings, timers, logger } = deps;
  const graceMs = settings.shutdownGraceSeconds * 1000;
  // All are told before any is waited for. The scheduler's own grace is over first, so that polls hear of it before the store is closed.
  const ends = { polls: scheduler.stop(graceMs), deliveries: deliveries.stop(), requests: app.close() };
  const unfinished = new Set(Object.keys(ends));
  const all = Object.entries(ends).map(([name, end]) =>
    Promise.resolve(end)
      .then(undefined, (error: unknown) => logger.error({ error }, `Stopping the ${name} failed. The rest is stopped all the same.`))
      .then(() => unfinished.delete(name)),
  );
  await within(graceMs, timers, Promise.all(all));
  if (unfinished.size > 0) {
    logger.warn({ missing: [...unfinished], ms: graceMs }, CUT_OFF);
    app.server.closeAllConnections();
    await new Promise<void>((resolve) => timers.soon(resolve));
  }
  await deps.closeEngines();
}

const CUT_OFF =
  "Not all that was begun ended within SHUTDOWN_GRACE_SECONDS, so it is cut off. Nothing that was accepted is lost: the next start goes on with it.";

/** Resolves at the end of `work`, or once the time is over. `work` must not reject. */
function within(ms: number, timers: Timers, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timers.after(ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}

function listen(app: FastifyInstance, { host, port }: Address): ResultAsync<Bound, HostRefused> {
  return ResultAsync.fromPromise(app.listen({ host, port }), (cause) => refusalOf(cause, host, port)).andThen((address) => {
    const { port: bound } = new URL(address);
    return Number(bound) > 0
      ? ok({ url: `http://${ON_THIS_MACHINE.has(host) ? "localhost" : bracketed(host)}:${bound}` })
      : err(refused(address));
  });
}

/** By which whoever started the service reaches it, though others may by another name. */
const ON_THIS_MACHINE: ReadonlySet<string> = new Set(["127.0.0.1", "0.0.0.0", "::"]);

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function refusalOf(cause: unknown, host: string, port: number): HostRefused {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (code === "EADDRINUSE") {
    return refused(`Port ${port} of ${host} is in use, perhaps by another BG Ingest. End that program, or set PORT to another number.`);
  }
  if (code === "EACCES") return refused(`This user may not listen on port ${port}. Set PORT to a number above 1023.`);
  return refused(
    `The service cannot listen on ${host}:${port} (${cause instanceof Error ? cause.message : String(cause)}). Check HOST and PORT.`,
  );
}

function refused(message: string): HostRefused {
  return { kind: "host_refused", message };
}
