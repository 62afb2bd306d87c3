import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import { type Answer, DATA_HEADERS } from "../answer.ts";
import type { Problem } from "../problem/problem.ts";
import { isHeldByClient } from "./entity-tag.ts";

/** 304 in place of what the client holds already; only otherwise is it written. */
export function taggedAnswer(
  request: FastifyRequest,
  tag: string,
  contentType: string,
  write: () => Result<string | Buffer, Problem>,
): Result<Answer, Problem> {
  if (isHeldByClient(request.headers["if-none-match"], tag)) {
    return ok({ status: 304, headers: { ...DATA_HEADERS, etag: tag, vary: "Accept" }, body: null });
  }
  const written = write();
  if (written.isErr()) return err(written.error);
  return ok({ status: 200, headers: { ...DATA_HEADERS, "content-type": contentType, etag: tag, vary: "Accept" }, body: written.value });
}

export const TAGGED_HEADERS = { ETag: "Strong: the same tag, the same bytes. Sent back in `If-None-Match` it saves the body." } as const;

export const UNCHANGED = {
  status: 304,
  description: "What the client holds is what would be sent.",
  content: {},
  headers: TAGGED_HEADERS,
} as const;
