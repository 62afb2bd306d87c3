import type { FastifyRequest } from "fastify";
import type { Result } from "neverthrow";
import type { z } from "zod";
import type { HttpCaller } from "../../access/http-caller.ts";
import type { Answer } from "../answer.ts";
import type { Problem } from "../problem/problem.ts";
import type { ProblemKind } from "../problem/problem-kinds.ts";

/** A path with a method: what it says of itself in the OpenAPI document, who may call it, and how it answers. */
export type Route = OpenRoute | GuardedRoute;

/** `anybody`: it holds nothing of anybody. `own_proof`: the call proves by itself that it may, by a signature or by what was begun. */
interface OpenRoute extends DescribedRoute {
  readonly access: "anybody" | "own_proof";
  answer(request: FastifyRequest): Promise<Result<Answer, Problem>> | Result<Answer, Problem>;
}

/** `caller`: whoever calls says who they are. `caller_or_page`: so, or the call comes from a page that was opened by a link. */
interface GuardedRoute extends DescribedRoute {
  readonly access: "caller" | "caller_or_page";
  answer(request: FastifyRequest, caller: HttpCaller): Promise<Result<Answer, Problem>> | Result<Answer, Problem>;
}

interface DescribedRoute {
  readonly method: "GET" | "POST" | "DELETE";
  /** Its parameters as `{userId}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** A call of this route takes no other parameters than these. */
  readonly query: z.ZodObject;
  /** Headers that belong to a call, for the document alone. */
  readonly headers?: z.ZodObject;
  readonly body: RequestBody | null;
  readonly answers: readonly DocumentedAnswer[];
  /** Of use to this service's own pages alone: not in the document. */
  readonly isInternal?: true;
  /** Whoever opens it in a browser sees problems as a page. */
  readonly isPage?: true;
  /** Beside those that every route can answer with. */
  readonly problems: readonly ProblemKind[];
}

/** `json` is parsed and handed over as it is; `raw` is handed over as a `Buffer`, whatever it says it is. */
export type RequestBody =
  | { readonly kind: "json"; readonly schema: z.ZodType; readonly description: string; readonly isOptional?: true }
  | { readonly kind: "raw"; readonly description: string; readonly example: unknown };

export interface DocumentedAnswer {
  readonly status: number;
  readonly description: string;
  /** By media type. */
  readonly content: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, string>>;
}
