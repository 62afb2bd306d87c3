import { err, ok } from "neverthrow";
import { z } from "zod";
import { INERT_HEADERS } from "../answer.ts";
import { PROBLEM_KINDS, type ProblemKind, type ProblemKindEntry } from "../problem/problem-kinds.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import type { Route } from "./route.ts";

/** Where a problem's `type` leads. */
export const problemPageRoute: Route = {
  method: "GET",
  path: "/problems/{kind}",
  access: "anybody",
  summary: "What a kind of error means, and what to do",
  query: NO_PARAMETERS,
  body: null,
  answers: [{ status: 200, description: "In plain words.", content: { "text/plain": z.string() } }],
  problems: ["not_found"],
  answer({ params, query }) {
    const asked = readNoParameters(query);
    if (asked.isErr()) return err(asked.error);
    const { kind } = params as { kind: string };
    if (!Object.hasOwn(PROBLEM_KINDS, kind)) return err({ kind: "not_found" });
    const headers = { ...INERT_HEADERS, "content-type": "text/plain; charset=utf-8" };
    return ok({ status: 200, headers, body: pageOf(PROBLEM_KINDS[kind as ProblemKind]) });
  },
};

function pageOf({ status, title, meaning, whatToDo }: ProblemKindEntry): string {
  return `${title} (${status})\n\n${meaning}\n\nWhat to do: ${whatToDo}\n`;
}
