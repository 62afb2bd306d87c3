import type { Logger } from "@bg-ingest/core";

/** Never rejects: whatever a piece of work throws is a bug of its own, and keeps nothing else from being done. `what` is for the log. */
export async function safely<T>(logger: Logger, work: () => Promise<T>, what: string): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    logger.error({ error, reason: what }, "A bug: something threw that must not. Nothing stored is affected; it is tried again.");
    return undefined;
  }
}
