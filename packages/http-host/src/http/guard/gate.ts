import type { FastifyInstance, FastifyRequest } from "fastify";
import type { HttpOptions } from "../http-deps.ts";
import type { HttpMeter } from "../http-meter.ts";
import type { Problem } from "../problem/problem.ts";
import { sendProblem } from "../send.ts";
import { bracketed, createHostCheck, hostAsked, isFromAnotherOrigin } from "./host-check.ts";

const OVERLOADED_WAIT_SECONDS = 1;
const STOPPING_WAIT_SECONDS = 5;
const READING_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** With the port that is really listened on: the setting may leave it open. */
function addressOf({ server }: FastifyInstance, { host, port, publicUrl }: HttpOptions): string {
  const bound = server.address();
  const name = host === "127.0.0.1" ? "localhost" : bracketed(host);
  return publicUrl ?? `http://${name}:${typeof bound === "object" && bound !== null ? bound.port : port}`;
}

/** Turns away, before anything is read of it, what must not come in. */
export function addGate(app: FastifyInstance, options: HttpOptions, meter: Pick<HttpMeter, "watch">): void {
  const answersTo = createHostCheck(options.host, options.publicUrl === null ? [] : [new URL(options.publicUrl).hostname]);
  let inFlight = 0;
  let isStopping = false;
  let connections = 0;
  app.server.on("connection", (socket) => {
    connections += 1;
    socket.once("close", () => {
      connections -= 1;
    });
  });
  meter.watch(() => ({ requests: inFlight, connections }));
  const leave = () => {
    inFlight -= 1;
  };

  function refusalOf({ headers, method, raw }: FastifyRequest): Problem | null {
    if (!answersTo(hostAsked(raw)))
      return { kind: "host_refused", whatToDo: `Use the address on which this service listens: ${addressOf(app, options)}.` };
    if (isStopping) return { kind: "shutting_down", retryAfterSeconds: STOPPING_WAIT_SECONDS };
    if (inFlight > options.limits.requestsInFlight) return { kind: "overloaded", retryAfterSeconds: OVERLOADED_WAIT_SECONDS };
    if (!READING_METHODS.has(method) && isFromAnotherOrigin(headers)) return { kind: "cross_origin_refused" };
    return null;
  }

  app.addHook("onRequest", (request, reply, done) => {
    inFlight += 1;
    reply.raw.on("close", leave);
    const refusal = refusalOf(request);
    if (refusal === null) done();
    else sendProblem(reply, refusal);
  });
  app.addHook("preClose", (done) => {
    isStopping = true;
    done();
  });
}
