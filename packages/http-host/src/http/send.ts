import type { FastifyReply } from "fastify";
import type { Result } from "neverthrow";
import type { Answer } from "./answer.ts";
import type { Problem } from "./problem/problem.ts";
import { problemAnswer } from "./problem/problem-answer.ts";

/** How a problem is shown. */
type ShowProblem = (problem: Problem, requestId: string) => Answer;

export function send(reply: FastifyReply, outcome: Result<Answer, Problem>, show: ShowProblem = problemAnswer): FastifyReply {
  return outcome.isOk() ? sendAnswer(reply, outcome.value) : sendProblem(reply, outcome.error, show);
}

export function sendProblem(reply: FastifyReply, problem: Problem, show: ShowProblem = problemAnswer): FastifyReply {
  const { request } = reply;
  request.problem = problem;
  return sendAnswer(reply, show(problem, request.id));
}

function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  // fastify would write `null` as JSON, and tell its length.
  return reply
    .code(status)
    .headers(headers)
    .send(body ?? undefined);
}

declare module "fastify" {
  interface FastifyRequest {
    /** What was answered, if it was an error; for the log. */
    problem: Problem | null;
  }
}
