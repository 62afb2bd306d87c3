import { type Instant, SECONDS_PER_DAY, type Series, type SeriesRun, type Span, type StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { acceptedOf, notAcceptable } from "../negotiation/accept.ts";
import { entityTagOf } from "../negotiation/entity-tag.ts";
import { TAGGED_HEADERS, taggedAnswer, UNCHANGED, unchangedAnswer } from "../negotiation/tagged-answer.ts";
import { mapQueryError } from "../problem/map-query-error.ts";
import { mapStoreError } from "../problem/map-store-error.ts";
import type { Problem } from "../problem/problem.ts";
import { instantParameter } from "../schemas/instant-parameter.ts";
import { userIdIn } from "../schemas/path-parameters.ts";
import { queryReader } from "../schemas/read-query.ts";
import { series } from "../schemas/reading.ts";
import { selectionOf, selectionParameters } from "../schemas/selection-parameters.ts";
import { CONTENT_TYPES, type Representation, SERIES_MEDIA_TYPES } from "../series/representation.ts";
import { writeSeries } from "../series/write-series.ts";
import type { Route } from "./route.ts";

const query = z.strictObject({
  from: instantParameter("The first instant, included."),
  to: instantParameter("The last instant, not included; now, if it is not given.").optional(),
  ...selectionParameters,
});
const readQuery = queryReader(query);

type RangeDeps = Pick<HttpDeps, "queries" | "clock" | "options">;

export function rangeRoute({ queries, clock, options: { rangeLimitDays } }: RangeDeps, deadlines: Deadlines): Route {
  return {
    method: "GET",
    path: "/api/bg/{userId}",
    summary: "The readings of a span of time",
    description: `Ascending in time; \`[]\` for a known person without readings there. A span of more than ${rangeLimitDays} days is refused: nothing is ever cut silently.`,
    query,
    body: null,
    answers: [{ status: 200, description: "The readings.", content: CONTENT, headers: TAGGED_HEADERS }, UNCHANGED],
    problems: ["invalid_path", "invalid_range", "unknown_user", "unknown_source", "not_acceptable", "store_away"],
    async answer(request) {
      const userId = userIdIn(request.params);
      if (userId.isErr()) return err(userId.error);
      const asked = readQuery(request.query);
      if (asked.isErr()) return err(asked.error);
      const span = spanOf(asked.value, Math.floor(clock.nowMs() / 1000) as Instant, rangeLimitDays);
      if (span.isErr()) return err(span.error);
      const mediaType = acceptedOf(request.headers.accept, SERIES_MEDIA_TYPES);
      if (mediaType === null) return err(notAcceptable(SERIES_MEDIA_TYPES));
      const found = await queries.range(userId.value, span.value, selectionOf(asked.value), deadlines.call());
      if (found.isErr()) return err(mapQueryError(found.error));
      const representation = { mediaType, detail: asked.value.detail, unit: asked.value.unit };
      const isEndGiven = asked.value.to !== undefined;
      const tag = isEndGiven ? entityTagOf(`${found.value.fingerprint}\n${nameOf(representation)}`) : null;
      const unchanged = tag && unchangedAnswer(request, tag);
      if (unchanged) return ok(unchanged);
      const written = write(found.value, representation);
      if (written.isErr()) return err(mapStoreError(written.error));
      // Without an end the fingerprint changes with every second; what is shown does not.
      const tagOfBytes = tag ?? entityTagOf(written.value);
      return ok(unchangedAnswer(request, tagOfBytes) ?? taggedAnswer(tagOfBytes, CONTENT_TYPES[mediaType], written.value));
    },
  };
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
    return err({ kind: "invalid_range", detail: `\`from\` lies after ${end}.` });
  }
  if (span.to - span.from > limitDays * SECONDS_PER_DAY) {
    const days = Math.ceil((span.to - span.from) / SECONDS_PER_DAY);
    return err({
      kind: "invalid_range",
      detail: `The span is ${days} days long; one answer covers at most ${limitDays}.`,
      more: { limit_days: limitDays },
    });
  }
  return ok(span);
}

/** Everything is decoded before the first byte is written: what cannot be read is then an error, not an answer that breaks off. */
function write({ runs }: Series, representation: Representation): Result<Buffer, StoreError> {
  const decoded: SeriesRun[] = [];
  for (const run of runs) {
    if (run.isErr()) return err(run.error);
    decoded.push(run.value);
  }
  return ok(writeSeries(decoded, representation));
}
