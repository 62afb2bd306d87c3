import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { HttpDeps, HttpOptions } from "../http-deps.ts";
import type { Problem } from "../problem/problem.ts";
import { sendProblem } from "../send.ts";
import { createAdmission } from "./admission.ts";
import type { CallerUse } from "./callers.ts";
import { bracketed, createHostCheck, hostAsked, isFromAnotherOrigin, pathsUnderAnyName } from "./host-check.ts";
import { hasBody, weighBody } from "./weigh-body.ts";

const STOPPING_WAIT_SECONDS = 5;
const READING_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** With the port that is really listened on: the setting may leave it open. */
function addressOf({ server }: FastifyInstance, { host, port, publicUrl }: HttpOptions): string {
  const bound = server.address();
  const name = host === "127.0.0.1" ? "localhost" : bracketed(host);
  return publicUrl ?? `http://${name}:${typeof bound === "object" && bound !== null ? bound.port : port}`;
}

type GateDeps = Pick<HttpDeps, "options" | "clock" | "metrics" | "access" | "logger">;

export interface Gate {
  /** Counts a request in and, once it is answered, out again. Answers why it is turned away. */
  enter(request: FastifyRequest, reply: FastifyReply): Problem | null;
}

/** Turns away, before anything is read of it, what must not come in. */
export function addGate(app: FastifyInstance, { options, clock, metrics: { meter }, access, logger }: GateDeps): Gate {
  const publicHost = options.publicUrl === null ? [] : [new URL(options.publicUrl).hostname];
  const answersTo = createHostCheck(options.host, publicHost, access.authenticate !== null);
  const anyName = pathsUnderAnyName(options.metricsToken);
  const admission = createAdmission(app.server, options, clock, meter, logger);
  let isStopping = false;

  function refusalOf({ headers, method, raw, url }: FastifyRequest, use: CallerUse): Problem | null {
    if (!answersTo(hostAsked(raw)) && !anyName.has(url))
      return { kind: "host_refused", whatToDo: `Use the address on which this service listens: ${addressOf(app, options)}.` };
    if (isStopping) return { kind: "shutting_down", retryAfterSeconds: STOPPING_WAIT_SECONDS };
    const crowded = admission.refusalOf(use, url);
    if (crowded !== null) return crowded;
    if (!READING_METHODS.has(method) && isFromAnotherOrigin(headers)) return { kind: "cross_origin_refused" };
    return null;
  }

  function enter(request: FastifyRequest, reply: FastifyReply): Problem | null {
    const use = admission.enter(request.raw);
    request.use = use;
    reply.raw.on("close", () => admission.leave(use));
    return refusalOf(request, use);
  }

  app.addHook("onRequest", (request, reply, done) => {
    const refusal = enter(request, reply);
    if (refusal === null) done();
    else sendProblem(reply, refusal);
  });
  app.addHook("preParsing", ({ use, raw }, reply, body, done) => {
    if (use !== null && hasBody(raw)) {
      const held = admission.holdBody(use);
      reply.raw.on("close", held.giveBack);
      weighBody(body, held);
    }
    done(null, body);
  });
  app.addHook("preClose", (done) => {
    isStopping = true;
    done();
  });
  app.addHook("onClose", (_app, done) => {
    admission.stop();
    done();
  });
  return { enter };
}

declare module "fastify" {
  interface FastifyRequest {
    /** What its caller uses; `null` before the gate. */
    use: CallerUse | null;
  }
}
