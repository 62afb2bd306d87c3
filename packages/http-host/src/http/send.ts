import type { FastifyReply } from "fastify";
import type { Result } from "neverthrow";
import type { Answer } from "./answer.ts";
import type { Problem } from "./problem/problem.ts";
import { problemAnswer } from "./problem/problem-answer.ts";

export function send(reply: FastifyReply, outcome: Result<Answer, Problem>): FastifyReply {
  return outcome.isOk() ? sendAnswer(reply, outcome.value) : sendProblem(reply, outcome.error);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { request } = reply;
  request.problem = problem;
  return sendAnswer(reply, problemAnswer(problem, request.id));
}

function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

declare module "fastify" {
  interface FastifyRequest {
    /** What was answered, if it was an error; for the log. */
    problem: Problem | null;
  }
}
