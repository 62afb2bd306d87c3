import type { ProviderError, ProviderPage, RawReading, RawRejected } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { unreadable } from "../api/map-answer.ts";
import { wireGraph, wireMeasurement } from "../api/wire-schema.ts";
import { translateMeasurement } from "./translate-measurement.ts";

/**
 * The graph and, beside it, the current reading, which the graph does not have for some twenty minutes. Everything is handed over, whatever
 * window was asked for: points of the graph appear late, and so they are there at once.
 */
export function readGraph(data: unknown): Result<ProviderPage, ProviderError> {
  const parsed = wireGraph.safeParse(data);
  if (!parsed.success || (!parsed.data.connection && !parsed.data.graphData)) return err(unreadable("it is no graph"));
  const { connection, graphData } = parsed.data;
  const current = connection?.glucoseMeasurement ?? null;
  const outcomes = [...(graphData ?? []), ...(current === null ? [] : [current])].map(readRecord);
  return ok({
    readings: outcomes.filter((each): each is RawReading => !("reason" in each)),
    rejected: outcomes.filter((each): each is RawRejected => "reason" in each),
    accountId: connection?.patientId || null,
    isLast: true,
  });
}

function readRecord(record: unknown): RawReading | RawRejected {
  const checked = wireMeasurement.safeParse(record);
  if (checked.success) return translateMeasurement(checked.data, record);
  const field = checked.error.issues[0]?.path[0];
  const detail = field === undefined ? "This is no record." : `The field ${String(field)} is not of its usual form.`;
  return { reason: "unreadable_record", detail, record };
}
