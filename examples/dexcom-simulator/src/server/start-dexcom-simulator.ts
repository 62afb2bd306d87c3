import { type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { err, ok, type Result } from "neverthrow";
import { type Outcome, textAnswer } from "../answer.ts";
import { createDexcomSimulator, type DexcomSimulator, type DexcomSimulatorOptions } from "../dexcom-simulator.ts";

export interface DexcomServerOptions extends Partial<DexcomSimulatorOptions> {
  /** 8090 by default; 0: any that is free. */
  readonly port?: number;
}

export interface DexcomServer {
  /** Without a slash at its end: what `DEXCOM_API_BASE_URL` is set to. */
  readonly url: string;
  readonly simulator: DexcomSimulator;
  /** Whatever is still open, answers that never come included, is closed. */
  stop(): Promise<void>;
}

/** The port is taken or not allowed. */
export interface ServerNotStarted {
  readonly kind: "server_not_started";
  readonly message: string;
}

const HOST = "127.0.0.1";
const BODY_LIMIT_BYTES = 65_536;

/** The simulator as a server that only this machine reaches. */
export async function startDexcomSimulator(options: DexcomServerOptions = {}): Promise<Result<DexcomServer, ServerNotStarted>> {
  const { port = 8090, ...rest } = options;
  const simulator = createDexcomSimulator({ clock: { nowMs: Date.now }, ...rest });
  const app = fastify({ logger: false, bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.all("/*", (request, reply) => send(outcomeOf(request, simulator), reply));
  try {
    const url = await app.listen({ port, host: HOST });
    return ok({ url, simulator, stop: () => app.close() });
  } catch (cause) {
    await app.close();
    return err({ kind: "server_not_started", message: cause instanceof Error ? cause.message : String(cause) });
  }
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/i;

function outcomeOf(request: FastifyRequest, simulator: DexcomSimulator): Outcome {
  const { host = "" } = request.headers;
  // A stranger's page can have its own name point to this machine.
  if (!LOOPBACK.test(host)) return textAnswer(403, "This server answers to localhost and 127.0.0.1 only.");
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const body = typeof request.body === "string" ? request.body : "";
  return simulator.handle({ method: request.method, url: new URL(request.url, `http://${host}`), headers, body });
}

function send(outcome: Outcome, reply: FastifyReply): FastifyReply {
  switch (outcome.kind) {
    case "answer":
      return reply.code(outcome.status).headers(outcome.headers).send(outcome.body);
    case "cut":
      reply.hijack();
      reply.raw.destroy();
      return reply;
    case "hang":
      return reply.hijack();
  }
}
