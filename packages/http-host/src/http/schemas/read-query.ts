import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import type { Problem } from "../problem/problem.ts";

type Query = Readonly<Record<string, unknown>>;

/** Reads the parameters of a query; which there are, the schema says. */
export type ReadQuery<T> = (query: unknown) => Result<T, Problem>;

/** What to say of parameters that there are not, and that somebody may look for. */
export type Pointers = Readonly<Record<string, string>>;

/** Most calls come without any parameter: what that means is worked out once. */
export function queryReader<S extends z.ZodObject>(schema: S, pointers: Pointers = {}): ReadQuery<z.output<S>> {
  const read = (query: Query): Result<z.output<S>, Problem> => {
    const parsed = schema.safeParse(query);
    return parsed.success ? ok(parsed.data) : err(refused(parsed.error.issues, query, { known: Object.keys(schema.shape), pointers }));
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

interface Parameters {
  readonly known: readonly string[];
  readonly pointers: Pointers;
}

function refused(issues: readonly z.core.$ZodIssue[], query: Query, parameters: Parameters): Problem {
  const errors = issues.flatMap((issue) => errorsOf(issue, query, parameters));
  const detail = errors.map(({ parameter, message }) => `${parameter}: ${message}`).join(" ");
  return { kind: "invalid_query", detail, more: { errors } };
}

interface ParameterError {
  readonly parameter: string;
  readonly message: string;
}

function errorsOf(issue: z.core.$ZodIssue, query: Query, parameters: Parameters): readonly ParameterError[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((parameter) => ({ parameter: shortened(parameter), message: unknown(parameter, parameters) }));
  const parameter = String(issue.path[0]);
  return [{ parameter, message: messageOf(issue, query[parameter]) }];
}

function unknown(parameter: string, { known, pointers }: Parameters): string {
  if (known.length === 0) return "This call takes no parameters.";
  const pointer = Object.hasOwn(pointers, parameter) ? ` ${pointers[parameter]}` : "";
  return `There is no such parameter here; there are: ${known.join(", ")}.${pointer}`;
}

function messageOf(issue: z.core.$ZodIssue, given: unknown): string {
  if (given === undefined) return `It is missing. ${issue.message}`;
  if (Array.isArray(given)) return "It is given more than once.";
  if (issue.code === "invalid_value") return `It should be one of ${issue.values.join(", ")}.`;
  return issue.message;
}

function shortened(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
