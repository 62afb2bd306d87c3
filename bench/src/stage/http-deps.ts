import type { Logger } from "@bg-ingest/core";
import { createReadingQueries } from "@bg-ingest/core";
import type { SqliteStore } from "@bg-ingest/store-sqlite";
import { type HttpDeps, USUAL_LIMITS } from "../../../packages/http-host/src/http/http-deps.ts";
import { uncounted } from "../../../packages/http-host/src/http/http-meter.ts";
import { systemClock } from "./ingest-deps.ts";

const unasked = (): never => {
  throw new Error("The bench only reads readings.");
};

/** The HTTP side over a store, for those who read readings. */
export function createReadingHttpDeps(store: SqliteStore, logger: Logger): HttpDeps {
  return {
    queries: createReadingQueries(store),
    providers: new Map(),
    notConfigured: [],
    failed: [],
    connections: {
      overview: unasked,
      nextAttemptAt: unasked,
      connect: unasked,
      startConsent: unasked,
      finishConsent: unasked,
      disconnect: unasked,
      pollNow: unasked,
      setAside: unasked,
      erase: unasked,
    },
    access: { authenticate: null, passes: { forLink: unasked, forBrowser: unasked, callerWith: unasked }, holdsKey: unasked },
    receiveDelivery: unasked,
    readiness: unasked,
    clock: systemClock,
    logger,
    metrics: { meter: uncounted, text: unasked },
    options: {
      host: "127.0.0.1",
      port: 0,
      publicUrl: null,
      rangeLimitDays: 366,
      webhookBodyLimitBytes: 1_048_576,
      metricsToken: null,
      trustedProxies: [],
      limits: USUAL_LIMITS,
    },
  };
}
