import type { Reading, Span } from "@bg-ingest/core";
import { type MockWorld, readPageText } from "@bg-ingest/provider-mock";
import { normalize } from "../../../packages/core/src/normalize/normalize.ts";

/** What the service makes of a person's records: the mock vendor's text, read and normalised. */
export function readingsOf(world: MockWorld, account: string, span: Span): readonly Reading[] {
  const { page } = readPageText(world.page(account, span))._unsafeUnwrap();
  return normalize(page.readings, page.rejected, span.to).readings;
}
