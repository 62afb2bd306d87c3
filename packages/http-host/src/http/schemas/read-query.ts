import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import type { Problem } from "../problem/problem.ts";

type Query = Readonly<Record<string, unknown>>;

/** Reads the parameters of a query; which there are, the schema says. */
export type ReadQuery<T> = (query: unknown) => Result<T, Problem>;

/** Most calls come without any parameter: what that means is worked out once. */
export function queryReader<S extends z.ZodObject>(schema: S): ReadQuery<z.output<S>> {
  const read = (query: Query): Result<z.output<S>, Problem> => {
    const parsed = schema.safeParse(query);
    return parsed.success ? ok(parsed.data) : err(refused(parsed.error.issues, query, Object.keys(schema.shape)));
  };
  const withoutParameters = read({});
  return (query) => (hasParameters(query as Query) ? read(query as Query) : withoutParameters);
}

export const NO_PARAMETERS = z.strictObject({});

export const readNoParameters = queryReader(NO_PARAMETERS);

function hasParameters(query: Query): boolean {
  for (const _ in query) return true;
  return false;
}

function refused(issues: readonly z.core.$ZodIssue[], query: Query, known: readonly string[]): Problem {
  const errors = issues.flatMap((issue) => errorsOf(issue, query, known));
  const detail = errors.map(({ parameter, message }) => `${parameter}: ${message}`).join(" ");
  return { kind: "invalid_query", detail, more: { errors } };
}

interface ParameterError {
  readonly parameter: string;
  readonly message: string;
}

function errorsOf(issue: z.core.$ZodIssue, query: Query, known: readonly string[]): readonly ParameterError[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((parameter) => ({ parameter: shortened(parameter), message: unknown(known) }));
  const parameter = String(issue.path[0]);
  return [{ parameter, message: messageOf(issue, query[parameter]) }];
}

function unknown(known: readonly string[]): string {
  return known.length === 0 ? "This call takes no parameters." : `There is no such parameter here; there are: ${known.join(", ")}.`;
}

function messageOf(issue: z.core.$ZodIssue, given: unknown): string {
  if (given === undefined) return "It is missing.";
  if (Array.isArray(given)) return "It is given more than once.";
  if (issue.code === "invalid_value") return `It should be one of ${issue.values.join(", ")}.`;
  return issue.message;
}

function shortened(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
