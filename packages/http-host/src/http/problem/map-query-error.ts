import type { QueryError } from "@bg-ingest/core";
import { mapStoreError } from "./map-store-error.ts";
import type { Problem } from "./problem.ts";

export function mapQueryError(error: QueryError): Problem {
  switch (error.kind) {
    case "unknown_user":
    case "unknown_source":
      return { kind: error.kind };
    case "retry":
    case "stop":
      return mapStoreError(error);
  }
}
