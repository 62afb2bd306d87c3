import type { ProviderError, ProviderPage, RawReading, RawRejected } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { z } from "zod";
import { parseAnswer } from "../api/dexcom-client.ts";
import { wireEgv, wireEnvelope } from "../api/wire-schema.ts";
import { translateEgv } from "./translate-egv.ts";

/** Reads the answer of `egvs`, which is never cut into pages. A record that cannot be read is set aside; a page that cannot is `stop`. */
export function readPageText(text: string): Result<ProviderPage, ProviderError> {
  return parseAnswer(text, wireEnvelope).map(toPage);
}

/** Dexcom does not document an order of records: readings come oldest first, of one second in the order in which they came. */
export function toPage({ userId, records }: z.output<typeof wireEnvelope>): ProviderPage {
  const outcomes = records.map(readRecord);
  const readings = outcomes.filter((each) => !("reason" in each)) as readonly TimedReading[];
  return {
    readings: readings.toSorted((a, b) => a.time - b.time),
    rejected: outcomes.filter((each) => "reason" in each),
    accountId: userId || null,
    isLast: true,
  };
}

type TimedReading = RawReading & { readonly time: number };

function readRecord(record: unknown): RawReading | RawRejected {
  const checked = wireEgv.safeParse(record);
  if (checked.success) return translateEgv(checked.data, record);
  const field = checked.error.issues[0]?.path[0];
  const detail = field === undefined ? "This is no record." : `The field ${String(field)} is not what Dexcom documents.`;
  return { reason: "unreadable_record", detail, record };
}
