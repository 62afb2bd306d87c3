import type { Logger } from "@bg-ingest/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type HttpMeter, uncounted } from "./http-meter.ts";
import { PROBLEM_KINDS } from "./problem/problem-kinds.ts";

export type TellAnswer = (request: FastifyRequest, reply: FastifyReply) => void;

/** One line for each answer, and one count. It tells the route's pattern, never the path: a user id may be somebody's e-mail address. */
export function addRequestLog(app: FastifyInstance, logger: Logger, meter: HttpMeter = uncounted): TellAnswer {
  const tell: TellAnswer = (request, reply) => {
    const fields = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    const { problem } = request;
    meter.answered(fields.method, fields.route, fields.status, fields.ms, problem?.kind ?? null);
    if (problem === null) logger.info(fields, "Answered.");
    else {
      const { kind, reason } = problem;
      const { title, status } = PROBLEM_KINDS[kind];
      const more = { ...fields, problem: kind, ...(reason === undefined ? {} : { reason, request_id: request.id }) };
      if (status === 500 || status === 502) logger.error(more, `${title}.`);
      else if (status >= 500) logger.warn(more, `${title}.`);
      else logger.info(more, `${title}.`);
    }
  };
  app.addHook("onResponse", (request, reply, done) => {
    tell(request, reply);
    done();
  });
  return tell;
}
