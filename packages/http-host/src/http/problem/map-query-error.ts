import type { QueryError } from "@bg-ingest/core";
import { mapAskedError } from "./map-asked-error.ts";
import type { Problem } from "./problem.ts";

export function mapQueryError(error: QueryError): Problem {
  switch (error.kind) {
    case "unknown_user":
    case "unknown_source":
      return { kind: error.kind };
    case "scope_missing":
    case "another_person":
    case "retry":
    case "stop":
      return mapAskedError(error);
  }
}
