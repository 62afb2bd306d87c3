import type { Call } from "@bg-ingest/core";

/** Nobody gives up here. */
export const untilDone: Call = { signal: new AbortController().signal };
