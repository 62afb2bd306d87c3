import type { Arrival } from "../day/commit.ts";
import type { ProviderName } from "../reading/identifiers.ts";

/** What came of one page that is stored, in numbers and about nobody. */
export interface PageCount {
  readonly provider: ProviderName;
  readonly isBackfill: boolean;
  /** Reading versions that were new, by how they came. */
  readonly added: Readonly<Record<Arrival, number>>;
  /** Readings that said nothing new. */
  readonly known: number;
  /** From the measurement of the page's newest reading to its being stored; `null` where the source had a newer one, or history was read. */
  readonly delaySeconds: number | null;
}

/** Called once for each page, when all of it is durable. Must not throw. */
export type CountPage = (page: PageCount) => void;
