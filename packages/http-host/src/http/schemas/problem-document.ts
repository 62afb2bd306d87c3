import { SCOPES } from "@bg-ingest/core";
import { z } from "zod";
import { problemType } from "../problem/problem-answer.ts";
import type { ProblemKind } from "../problem/problem-kinds.ts";
import { checks } from "./readiness.ts";

/** The document of any of these kinds (RFC 9457). */
export function problemDocument(status: number, kinds: readonly [ProblemKind, ...ProblemKind[]]) {
  return z.strictObject({
    type: z.enum(kinds.map(problemType)).meta({ description: "Which error it is: a path of this service, where it is explained." }),
    title: z.string(),
    status: z.literal(status),
    detail: z.string().meta({ description: "What happened this time." }),
    what_to_do: z.string(),
    request_id: z.string().optional().meta({ description: "What to look for in the service's log." }),
    ...Object.assign({}, ...kinds.map((kind) => FURTHER_MEMBERS[kind] ?? {})),
  });
}

const FURTHER_MEMBERS: Readonly<Partial<Record<ProblemKind, Readonly<Record<string, z.ZodType>>>>> = {
  invalid_query: {
    errors: z.array(z.strictObject({ parameter: z.string(), message: z.string() })).optional(),
  },
  invalid_range: { limit_days: z.int().optional().meta({ description: "The longest span of one answer." }) },
  invalid_body: { fields: z.array(z.string()).optional().meta({ description: "Those that are wrong." }) },
  several_connections: { providers: z.array(z.string()).optional().meta({ description: "Those that it could be meant for." }) },
  provider_not_configured: { missing_settings: z.array(z.string()).optional() },
  scope_missing: { scope: z.enum(SCOPES).optional().meta({ description: "The one that is missing." }) },
  not_ready: { checks: checks.optional() },
};
