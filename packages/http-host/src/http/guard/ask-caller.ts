import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import type { Access } from "../../access/access.ts";
import type { HttpCaller } from "../../access/http-caller.ts";
import { userIdInPath } from "../../access/page-passes.ts";
import { pagePassIn } from "../consent/page-cookie.ts";
import type { Problem } from "../problem/problem.ts";

/** Who calls. Credentials count before the cookie of a page, which counts for calls of a page alone. */
export type AskCaller = (request: FastifyRequest, isPageEnough: boolean) => Promise<Result<HttpCaller, Problem>>;

/** `null` where nobody is asked. */
export function createAskCaller({ authenticate, passes, holdsKey }: Access): AskCaller | null {
  if (authenticate === null) return null;
  return async ({ headers, params }, isPageEnough) => {
    const asked = await authenticate(headers.authorization);
    if (asked.isOk() || headers.authorization !== undefined || !isPageEnough) return asked;
    const userId = userIdInPath(params);
    const pass = userId === null ? null : pagePassIn(headers.cookie, userId);
    if (userId === null || pass === null) return asked;
    const caller = passes.callerWith(pass, userId);
    if (caller === null) return err({ kind: "link_expired" });
    const held = await holdsKey(caller.keyId);
    return held.isErr() ? err(held.error) : ok(caller);
  };
}
