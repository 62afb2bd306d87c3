import type { FastifyRequest } from "fastify";
import { type Answer, DATA_HEADERS } from "../answer.ts";
import { isHeldByClient } from "./entity-tag.ts";

/** 304 in place of what the client holds already, `null` if it does not hold it. */
export function unchangedAnswer(request: FastifyRequest, tag: string): Answer | null {
  if (!isHeldByClient(request.headers["if-none-match"], tag)) return null;
  return { status: 304, headers: { ...DATA_HEADERS, etag: tag, vary: "Accept" }, body: null };
}

export function taggedAnswer(tag: string, contentType: string, body: Answer["body"]): Answer {
  return { status: 200, headers: { ...DATA_HEADERS, "content-type": contentType, etag: tag, vary: "Accept" }, body };
}

export const TAGGED_HEADERS = { ETag: "Strong: the same tag, the same bytes. Sent back in `If-None-Match` it saves the body." } as const;

export const UNCHANGED = {
  status: 304,
  description: "What the client holds is what would be sent.",
  content: {},
  headers: TAGGED_HEADERS,
} as const;
