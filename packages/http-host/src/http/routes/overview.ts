import type { Instant } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import type { z } from "zod";
import { jsonAnswer } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { mapAskedError } from "../problem/map-asked-error.ts";
import { connections } from "../schemas/connection.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { askedOfUser } from "./asked.ts";
import { connectionBody } from "./connection-body.ts";
import type { Route } from "./route.ts";

type ConnectionsDeps = Pick<HttpDeps, "connections" | "providers" | "clock">;

export function overviewRoute({ connections: useCases, providers, clock }: ConnectionsDeps, deadlines: Deadlines): Route {
  return {
    method: "GET",
    path: "/api/connections/{userId}",
    access: "caller_or_page",
    summary: "How a person's connections are",
    description: "What happened last counts, and old data are never called healthy.",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 200, description: "Each connection.", content: { "application/json": connections } }],
    problems: ["invalid_path", "scope_missing", "another_person", "unknown_user", "store_away"],
    async answer(request, caller) {
      const asked = askedOfUser(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const now = Math.floor(clock.nowMs() / 1000) as Instant;
      const found = await useCases.overview(asked.value.userId, now, deadlines.callBy(caller));
      if (found.isErr()) return err(mapAskedError(found.error));
      if (found.value.length === 0) return err({ kind: "unknown_user" });
      const bodies = found.value.map((each) =>
        connectionBody(each, providers.get(each.record.provider), useCases.nextAttemptAt(each.record)),
      );
      return ok(jsonAnswer({ connections: bodies } satisfies z.input<typeof connections>));
    },
  };
}
