import type { Logger } from "@bg-ingest/core";
import type { FastifyInstance } from "fastify";
import { err, ok, ResultAsync } from "neverthrow";
import type { Deliveries } from "./deliveries/deliveries.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import type { Settings } from "./settings/settings-schema.ts";

/** The service as a whole. */
export interface Host {
  /** Listens, then ingests. Answers where it listens. */
  start(): ResultAsync<Listening, HostRefused>;
  /** Takes no further request, finishes what was begun, gives the store free. Nothing that was accepted is lost. */
  stop(): Promise<void>;
}

export interface Listening {
  /** Without a slash at the end. */
  readonly url: string;
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
  readonly closeStore: () => Promise<void>;
  readonly settings: Settings;
  readonly logger: Logger;
}

export function createHostOf(deps: HostDeps): Host {
  const { app, scheduler, deliveries, settings } = deps;
  return {
    start: () =>
      listen(app, settings).map(async (listening) => {
        deliveries.start();
        await scheduler.start();
        return listening;
      }),
    async stop() {
      await app.close();
      await deliveries.stop();
      await scheduler.stop(settings.shutdownGraceSeconds * 1000);
      await deps.closeStore();
    },
  };
}

function listen(app: FastifyInstance, { host, port }: Settings): ResultAsync<Listening, HostRefused> {
  return ResultAsync.fromPromise(app.listen({ host, port }), (cause) => refusalOf(cause, host, port)).andThen((address) => {
    const { port: bound } = new URL(address);
    return Number(bound) > 0
      ? ok({ url: `http://${host === "127.0.0.1" ? "localhost" : bracketed(host)}:${bound}`, demoUserId: null })
      : err(refused(address));
  });
}

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
