import { z } from "zod";
import { problemType } from "../problem/problem-answer.ts";
import type { ProblemKind } from "../problem/problem-kinds.ts";

/** The document of any of these kinds (RFC 9457). */
export function problemDocument(status: number, kinds: readonly [ProblemKind, ...ProblemKind[]]) {
  return z.object({
    type: z.enum(kinds.map(problemType)).meta({ description: "Which error it is: a path of this service, where it is explained." }),
    title: z.string(),
    status: z.literal(status),
    detail: z.string().meta({ description: "What happened this time." }),
    what_to_do: z.string(),
    request_id: z.string().optional().meta({ description: "What to look for in the service's log." }),
    errors: z
      .array(z.object({ parameter: z.string().optional(), field: z.string().optional(), message: z.string() }))
      .optional()
      .meta({ description: "Of `invalid_query` the parameters, of `invalid_body` the fields that are wrong." }),
  });
}
