import type { ProviderError, ProviderPage, RawReading, RawRejected } from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result } from "neverthrow";
import { createTranslator } from "./translate-record.ts";
import { wirePage, wireRecord } from "./wire-schema.ts";

/** A page as read, and where the next one is. */
export interface ReadPage {
  readonly page: ProviderPage;
  readonly nextPage: string | null;
}

/** Reads the text of a page. A record that cannot be read is set aside; a page that cannot is `stop`. */
export function readPageText(text: string): Result<ReadPage, ProviderError> {
  return parseJson(text).andThen(readPage);
}

export function readPage(json: unknown): Result<ReadPage, ProviderError> {
  const checked = wirePage.safeParse(json);
  if (!checked.success) return err(unreadable("it is not the vendor's envelope with a list of records"));
  const { accountId, nextPage, records } = checked.data;
  const page = { ...readRecords(records), accountId: accountId ?? null, isLast: !nextPage };
  return ok({ page, nextPage: nextPage || null });
}

/** One by one: what the check makes of a record is needed no longer than the record's turn takes. */
function readRecords(records: readonly unknown[]): Pick<ProviderPage, "readings" | "rejected"> {
  const translate = createTranslator();
  const readings: RawReading[] = [];
  const rejected: RawRejected[] = [];
  for (const record of records) {
    const checked = wireRecord.safeParse(record);
    const outcome = checked.success ? translate(checked.data, record) : unreadableRecord(record, checked.error.issues[0]?.path);
    if ("reason" in outcome) rejected.push(outcome);
    else readings.push(outcome);
  }
  return { readings, rejected };
}

function unreadableRecord(record: unknown, path: readonly PropertyKey[] | undefined): RawRejected {
  const field = path?.[0];
  const detail = field === undefined ? "This is no record." : `The field ${String(field)} is not what the vendor documents.`;
  return { reason: "unreadable_record", detail, record };
}

const parseJson = fromThrowable(
  (text: string): unknown => JSON.parse(text),
  () => unreadable("it is not JSON"),
);

function unreadable(why: string): ProviderError {
  return { kind: "stop", message: `The mock vendor's page cannot be read: ${why}. Nothing of it is stored; a narrower span may do.` };
}
