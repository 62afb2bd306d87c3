import { type AccessRefused, formatInstant, type SetAsidePage, type StoreError } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import { z } from "zod";
import { jsonAnswer } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { mapAskedError } from "../problem/map-asked-error.ts";
import type { Problem } from "../problem/problem.ts";
import { setAsidePage } from "../schemas/connection.ts";
import { instantText } from "../schemas/instant-text.ts";
import { queryReader } from "../schemas/read-query.ts";
import { askedOfConnection } from "./asked.ts";
import type { Route } from "./route.ts";

const USUAL_LIMIT = 50;
const HIGHEST_LIMIT = 500;

const parameters = z.strictObject({
  limit: z
    .string()
    .refine(
      (text) => /^[1-9]\d{0,2}$/.test(text) && Number(text) <= HIGHEST_LIMIT,
      `It should be a whole number from 1 to ${HIGHEST_LIMIT}.`,
    )
    .meta({ description: "Records in one page.", type: "integer", minimum: 1, maximum: HIGHEST_LIMIT, default: USUAL_LIMIT })
    .transform(Number)
    .optional(),
  after: z
    .string()
    .refine((text) => text.length >= 1 && text.length <= 1_024, "It should be the `next` of an earlier page.")
    .meta({ description: "The `next` of an earlier page." })
    .optional(),
});
const readQuery = queryReader(parameters);

export function setAsideRoute({ connections }: Pick<HttpDeps, "connections">, deadlines: Deadlines): Route {
  return {
    method: "GET",
    path: "/api/connections/{userId}/{provider}/set-aside",
    access: "caller_or_page",
    summary: "Records that were not taken, and why",
    description:
      "Newest first. Nothing that a provider brings is lost: what cannot be a reading is kept here with its reason. A page that was opened by a link is told no `record`, for there may be readings in it.",
    query: parameters,
    body: null,
    answers: [{ status: 200, description: "A page of records.", content: { "application/json": setAsidePage } }],
    problems: ["invalid_path", "scope_missing", "another_person", "invalid_cursor", "unknown_connection", "store_away"],
    async answer(request, caller) {
      const asked = askedOfConnection(request, readQuery);
      if (asked.isErr()) return err(asked.error);
      const { userId, provider, query } = asked.value;
      const page = { limit: query.limit ?? USUAL_LIMIT, after: query.after ?? null };
      const found = await connections.setAside(userId, provider, page, deadlines.callBy(caller));
      if (found.isErr()) return err(problemOf(found.error, page.after));
      return found.value === null ? err({ kind: "unknown_connection" }) : ok(jsonAnswer(pageBody(found.value, caller.isPage !== true)));
    },
  };
}

/** With a cursor from outside, the cursor is what is most likely wrong. */
function problemOf(error: StoreError | AccessRefused, after: string | null): Problem {
  return error.kind === "stop" && after !== null ? { kind: "invalid_cursor", reason: error.message } : mapAskedError(error);
}

/** A record is what the vendor said, glucose included. */
function pageBody({ records, next }: SetAsidePage, isRecordShown: boolean): z.input<typeof setAsidePage> {
  return {
    records: records.map(({ reason, detail, at, setAsideAt, record }) => ({
      reason,
      detail,
      at: instantText(at),
      set_aside_at: formatInstant(setAsideAt),
      ...(isRecordShown ? { record } : {}),
    })),
    next,
  };
}
