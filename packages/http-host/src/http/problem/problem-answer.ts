import { type Answer, DATA_HEADERS } from "../answer.ts";
import type { Problem } from "./problem.ts";
import { PROBLEM_KINDS, type ProblemKind } from "./problem-kinds.ts";

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** RFC 9457. Where the log says more than the caller is told, the document holds what to look for there. */
export function problemAnswer(problem: Problem, requestId: string): Answer & { readonly body: string } {
  const { kind, detail, retryAfterSeconds, more, reason } = problem;
  const { status, title, meaning, whatToDo } = PROBLEM_KINDS[kind];
  const document = {
    type: problemType(kind),
    title,
    status,
    detail: detail ?? meaning,
    what_to_do: problem.whatToDo ?? whatToDo,
    ...more,
    ...(reason === undefined ? {} : { request_id: requestId }),
  };
  const headers: Answer["headers"] = { ...DATA_HEADERS, "content-type": PROBLEM_MEDIA_TYPE, ...problem.headers };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(retryAfterSeconds);
  return { status, headers, body: JSON.stringify(document) };
}

/** A path of this service, where a page tells of the kind. */
export function problemType(kind: ProblemKind): string {
  return `/problems/${kind}`;
}
