import { err, ok } from "neverthrow";
import { z } from "zod";
import { jsonAnswer } from "../answer.ts";
import type { HttpDeps } from "../http-deps.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { ready } from "../schemas/readiness.ts";
import { createReadinessCheck } from "./readiness-check.ts";
import type { Route } from "./route.ts";

const ALIVE = jsonAnswer({ status: "alive" });
const NOT_READY_WAIT_SECONDS = 5;

export const healthRoute: Route = {
  method: "GET",
  path: "/healthz",
  access: "anybody",
  summary: "Whether the process is alive",
  query: NO_PARAMETERS,
  body: null,
  answers: [{ status: 200, description: "It is.", content: { "application/json": z.strictObject({ status: z.literal("alive") }) } }],
  problems: [],
  answer: ({ query }) => readNoParameters(query).andThen(() => ok(ALIVE)),
};

export function readinessRoute(deps: Pick<HttpDeps, "readiness" | "clock">): Route {
  const check = createReadinessCheck(deps);
  return {
    method: "GET",
    path: "/readyz",
    access: "anybody",
    summary: "Whether the service can serve",
    description: "Checked once a second at most, however often it is asked.",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 200, description: "It can.", content: { "application/json": ready } }],
    problems: ["not_ready"],
    async answer({ query }) {
      const asked = readNoParameters(query);
      if (asked.isErr()) return err(asked.error);
      const found = await check();
      if (!found.ready) return err({ kind: "not_ready", retryAfterSeconds: NOT_READY_WAIT_SECONDS, more: { checks: found.checks } });
      return ok(jsonAnswer({ status: "ready", checks: found.checks }));
    },
  };
}
