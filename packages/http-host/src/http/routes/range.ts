import { type Instant, SECONDS_PER_DAY, type Series, type Span } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import type { Answer } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { acceptedOf, notAcceptable } from "../negotiation/accept.ts";
import { entityTagOf } from "../negotiation/entity-tag.ts";
import { TAGGED_HEADERS, taggedAnswer, UNCHANGED, unchangedAnswer } from "../negotiation/tagged-answer.ts";
import { mapQueryError } from "../problem/map-query-error.ts";
import { mapStoreError } from "../problem/map-store-error.ts";
import type { Problem } from "../problem/problem.ts";
import { instantParameter } from "../schemas/instant-parameter.ts";
import { queryReader } from "../schemas/read-query.ts";
import { series } from "../schemas/reading.ts";
import { selectionOf, selectionParameters } from "../schemas/selection-parameters.ts";
import { CONTENT_TYPES, type Representation, SERIES_MEDIA_TYPES } from "../series/representation.ts";
import { seriesBodyOf } from "../series/series-body.ts";
import { askedOfUser } from "./asked.ts";
import type { Route } from "./route.ts";

const parameters = z.strictObject({
  from: instantParameter("The first instant, included."),
  to: instantParameter("The last instant, not included; now, if it is not given.").optional(),
  ...selectionParameters,
});
const readQuery = queryReader(parameters, { format: `The header Accept chooses the form: ${SERIES_MEDIA_TYPES.join(", ")}.` });

type RangeDeps = Pick<HttpDeps, "queries" | "clock" | "options">;

export function rangeRoute({ queries, clock, options: { rangeLimitDays } }: RangeDeps, deadlines: Deadlines): Route {
  return {
    method: "GET",
    path: "/api/bg/{userId}",
    access: "caller",
    summary: "The readings of a span of time",
    description: `Ascending in time; \`[]\` for a known person without readings there. A span of more than ${rangeLimitDays} days is refused: nothing is ever cut silently.`,
    query: parameters,
    body: null,
    answers: [{ status: 200, description: "The readings.", content: CONTENT, headers: TAGGED_HEADERS }, UNCHANGED],
    problems: [
      "invalid_path",
      "scope_missing",
      "another_person",
      "invalid_range",
      "unknown_user",
      "unknown_source",
      "not_acceptable",
      "store_away",
    ],
    async answer(request, caller) {
      const asked = askedOfUser(request, readQuery);
      if (asked.isErr()) return err(asked.error);
      const { userId, query } = asked.value;
      const span = spanOf(query, Math.floor(clock.nowMs() / 1000) as Instant, rangeLimitDays);
      if (span.isErr()) return err(span.error);
      const mediaType = acceptedOf(request.headers.accept, SERIES_MEDIA_TYPES);
      if (mediaType === null) return err(notAcceptable(SERIES_MEDIA_TYPES));
      const found = await queries.range(userId, span.value, selectionOf(query), deadlines.callBy(caller));
      if (found.isErr()) return err(mapQueryError(found.error));
      const representation = { mediaType, detail: query.detail, unit: query.unit };
      return query.to === undefined
        ? answerTaggedByBytes(request, found.value, representation)
        : answerTaggedByDays(request, found.value, representation);
    },
  };
}

/** What the client holds already is not even decoded. */
async function answerTaggedByDays(
  request: FastifyRequest,
  found: Series,
  representation: Representation,
): Promise<Result<Answer, Problem>> {
  const tag = entityTagOf(`${found.fingerprint}\n${nameOf(representation)}`);
  const unchanged = unchangedAnswer(request, tag);
  if (unchanged !== null) return ok(unchanged);
  const body = await seriesBodyOf(found, representation);
  return body.map(({ content }) => taggedAnswer(tag, CONTENT_TYPES[representation.mediaType], content())).mapErr(mapStoreError);
}

/** Up to now: the span, and with it the fingerprint, changes with every second; what is shown does not. */
async function answerTaggedByBytes(
  request: FastifyRequest,
  found: Series,
  representation: Representation,
): Promise<Result<Answer, Problem>> {
  const body = await seriesBodyOf(found, representation);
  if (body.isErr()) return err(mapStoreError(body.error));
  const tag = await body.value.tag();
  return ok(unchangedAnswer(request, tag) ?? taggedAnswer(tag, CONTENT_TYPES[representation.mediaType], body.value.content()));
}

const CONTENT = {
  "application/json": series,
  "application/x-ndjson": z.string().meta({ description: "A line for each reading: the same object as in JSON." }),
  "text/csv": z
    .string()
    .meta({ description: "A header row with the same names, then a row for each reading; empty: not told (RFC 4180)." }),
};

/** Goes up when the same readings come to be written otherwise. */
const WRITING = 1;

function nameOf({ mediaType, detail, unit }: Representation): string {
  return [WRITING, mediaType, detail, unit].join(" ");
}

function spanOf(
  { from, to }: { readonly from: Instant; readonly to?: Instant | undefined },
  now: Instant,
  limitDays: number,
): Result<Span, Problem> {
  const span = { from, to: to ?? now };
  if (span.from > span.to) {
    const end = to === undefined ? "now, and no `to` is given" : "`to`";
    return err({ kind: "invalid_range", detail: `\`from\` lies after ${end}.`, whatToDo: "Put `from` before `to`." });
  }
  if (span.to - span.from > limitDays * SECONDS_PER_DAY) {
    const days = Math.ceil((span.to - span.from) / SECONDS_PER_DAY);
    return err({
      kind: "invalid_range",
      detail: `The span is ${days} days long; one answer covers at most ${limitDays}.`,
      whatToDo: `Ask for the span in smaller steps, of ${limitDays} days at most: ranges that meet add up, for \`to\` is exclusive.`,
      more: { limit_days: limitDays },
    });
  }
  return ok(span);
}
