import type { StoreError } from "@bg-ingest/core";
import type { Problem } from "./problem.ts";
import { retryAfterSeconds } from "./retry-after.ts";

const USUAL_WAIT_SECONDS = 5;

/** What is broken in a store is for whoever runs the service: the caller is told no details. */
export function mapStoreError(error: StoreError): Problem {
  switch (error.kind) {
    case "retry":
      return { kind: "store_away", retryAfterSeconds: retryAfterSeconds(error.retryAfterMs, USUAL_WAIT_SECONDS), reason: error.message };
    case "stop":
      return { kind: "internal", reason: error.message };
  }
}
