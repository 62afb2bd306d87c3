import { formatInstant, type GlucoseUnit, type Instant, type LatestReading } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import { z } from "zod";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { acceptedOf, notAcceptable } from "../negotiation/accept.ts";
import { entityTagOf } from "../negotiation/entity-tag.ts";
import { TAGGED_HEADERS, taggedAnswer, UNCHANGED, unchangedAnswer } from "../negotiation/tagged-answer.ts";
import { mapQueryError } from "../problem/map-query-error.ts";
import { mapStoreError } from "../problem/map-store-error.ts";
import type { Problem } from "../problem/problem.ts";
import { queryReader } from "../schemas/read-query.ts";
import { reading } from "../schemas/reading.ts";
import { selectionOf, selectionParameters } from "../schemas/selection-parameters.ts";
import { CONTENT_TYPES } from "../series/representation.ts";
import { writeLatest } from "../series/write-latest.ts";
import { askedOfUser } from "./asked.ts";
import type { Route } from "./route.ts";

const parameters = z.strictObject(selectionParameters);
const readQuery = queryReader(parameters, {
  format: "The latest reading is always application/json; for a span of time, the header Accept chooses JSON or CSV.",
});

export function latestRoute({ queries }: Pick<HttpDeps, "queries">, deadlines: Deadlines): Route {
  return {
    method: "GET",
    path: "/api/bg/{userId}/latest",
    access: "caller",
    summary: "The latest reading",
    description: "The reading with the greatest instant.",
    query: parameters,
    body: null,
    answers: [
      { status: 200, description: "The latest reading.", content: { "application/json": reading }, headers: TAGGED_HEADERS },
      UNCHANGED,
    ],
    problems: [
      "invalid_path",
      "scope_missing",
      "another_person",
      "unknown_user",
      "unknown_source",
      "no_readings",
      "not_acceptable",
      "store_away",
    ],
    async answer(request, caller) {
      const asked = askedOfUser(request, readQuery);
      if (asked.isErr()) return err(asked.error);
      const { userId, query } = asked.value;
      if (acceptedOf(request.headers.accept, ["application/json"]) === null) return err(notAcceptable(["application/json"]));
      const latest = await queries.latest(userId, selectionOf(query), deadlines.callBy(caller));
      if (latest.isErr()) return err(mapQueryError(latest.error));
      if (latest.value === null) return err(noReadings(query.as_of));
      const body = writeLatest(latest.value, query.detail, query.unit).mapErr(mapStoreError);
      if (body.isErr()) return err(body.error);
      const tag = query.detail === "plain" ? plainTag(latest.value, query.unit) : entityTagOf(body.value);
      return ok(unchangedAnswer(request, tag) ?? taggedAnswer(tag, CONTENT_TYPES["application/json"], body.value));
    },
  };
}

function noReadings(asOf: Instant | undefined): Problem {
  if (asOf === undefined) return { kind: "no_readings" };
  return {
    kind: "no_readings",
    detail: `Nothing that was asked for had been received by ${formatInstant(asOf)}: \`as_of\` means when this service received a reading, not when it was measured.`,
    whatToDo:
      "Ask with a later `as_of`, or without it. To see what was measured before a moment, give that moment as `to` of GET /api/bg/{userId}.",
  };
}

/** All that a plain reading says, so that nothing has to be digested: this is asked more often than anything else. */
function plainTag({ at, mgdl }: LatestReading, unit: GlucoseUnit): string {
  return `"${at.toString(36)}.${mgdl.toString(36)}.${unit}"`;
}
