import { type CallBy, createReadingQueries, type Instant, type Series, type Span, type UserId } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { OpenedStore } from "./open-store.ts";

/** A person's readings of a span, each instant once, as they were known at `asOf`; `null`: as they are known now. */
export async function seriesOf(
  store: Pick<OpenedStore, "readings" | "connections">,
  userId: UserId,
  span: Span,
  asOf: Instant | null,
  call: CallBy,
): Promise<Result<Series, string>> {
  const queries = createReadingQueries(store);
  const series = await queries.range(userId, span, { view: "canonical", sourceId: null, asOf }, call);
  return series.mapErr((error) => {
    if (error.kind === "unknown_user") return `Nobody of the id ${userId} is connected. The command users lists everybody who is.`;
    return "message" in error ? error.message : `Nothing can be read of ${userId}: ${error.kind}.`;
  });
}
