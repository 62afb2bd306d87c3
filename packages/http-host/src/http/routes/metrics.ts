import { createHash, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import { isLoopback } from "../../settings/loopback.ts";
import { DATA_HEADERS } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps, HttpOptions } from "../http-deps.ts";
import type { Problem } from "../problem/problem.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import type { Route } from "./route.ts";

const MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * A scraper has to read nobody's glucose: it has a token of its own, which opens this and nothing else. Without one it is answered where
 * nobody but this machine can ask.
 */
export function metricsRoute({ metrics, options }: Pick<HttpDeps, "metrics" | "options">, deadlines: Deadlines): Route {
  const refusalOf = createTokenCheck(options);
  return {
    method: "GET",
    path: "/metrics",
    access: "own_proof",
    summary: "What is measured, for Prometheus",
    description:
      "The text format, version 0.0.4. Nothing in it is about anybody. It takes METRICS_TOKEN as a bearer token; where none is set it is answered only while nobody but this machine can reach the service. docs/metrics.md lists every metric.",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 200, description: "Every metric.", content: { "text/plain": z.string() } }],
    problems: ["metrics_token_wrong", "metrics_closed"],
    async answer({ query, headers }) {
      const asked = readNoParameters(query);
      if (asked.isErr()) return err(asked.error);
      const allowed = refusalOf(headers.authorization);
      if (allowed.isErr()) return err(allowed.error);
      const body = await metrics.text(deadlines.call());
      return ok({ status: 200, headers: { ...DATA_HEADERS, "content-type": MEDIA_TYPE }, body });
    },
  };
}

type TokenCheck = (authorization: string | undefined) => Result<void, Problem>;

function createTokenCheck({ host, publicUrl, metricsToken }: Pick<HttpOptions, "host" | "publicUrl" | "metricsToken">): TokenCheck {
  if (metricsToken === null) {
    const isOpen = isLoopback(host) && publicUrl === null;
    return () => (isOpen ? ok() : err({ kind: "metrics_closed" }));
  }
  const expected = digestOf(`bearer ${metricsToken}`);
  return (authorization = "") => {
    const given = authorization.replace(/^bearer +/i, "bearer ");
    // Of equal length whatever was sent, so that nothing can be told from how long it takes.
    if (timingSafeEqual(digestOf(given), expected)) return ok();
    return err({ kind: "metrics_token_wrong", headers: { "www-authenticate": "Bearer" } });
  };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
