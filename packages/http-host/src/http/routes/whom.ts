import { parseUserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import { type Answer, INERT_HEADERS } from "../answer.ts";
import { whomPage } from "../pages/whom-page.ts";
import type { Problem } from "../problem/problem.ts";
import { queryReader } from "../schemas/read-query.ts";
import { connectPagePath } from "./connect-page-path.ts";
import type { Route } from "./route.ts";

const parameters = z.strictObject({
  user: z.string({ error: "It should be a person's name." }).meta({ description: "The person whose page is wanted." }).optional(),
});
const readQuery = queryReader(parameters);

/** Where somebody begins who was given no more than the address of the service. */
export const whomRoute: Route = {
  method: "GET",
  path: "/connect",
  access: "anybody",
  summary: "A page that asks whose connections are meant",
  query: parameters,
  body: null,
  isPage: true,
  answers: [
    { status: 200, description: "The page.", content: { "text/html": z.string() } },
    { status: 302, description: "To that person's page.", content: {}, headers: { location: "`/connect/{userId}`" } },
  ],
  problems: [],
  answer: ({ query }) => readQuery(query).andThen(({ user = "" }) => (user.trim() === "" ? ok(whomPage()) : toPageOf(user.trim()))),
};

function toPageOf(user: string): Result<Answer, Problem> {
  const userId = parseUserId(user);
  if (userId.isErr()) return err({ kind: "invalid_query", detail: `user: ${userId.error.message}.`, back: "/connect" });
  return ok({ status: 302, headers: { ...INERT_HEADERS, location: connectPagePath(userId.value) }, body: null });
}
