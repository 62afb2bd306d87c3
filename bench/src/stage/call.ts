import { type CallBy, TRUSTED } from "@bg-ingest/core";

/** Nobody gives up here. */
export const untilDone: CallBy = { signal: new AbortController().signal, caller: TRUSTED };
