import { mix, mixText, unit } from "../person/chance.ts";
import type { FaultSwitches } from "./fault-switches.ts";
import { hexOf } from "./hex.ts";
import type { ServedRecord } from "./mock-record.ts";
import { createRecordPrinter } from "./print-record.ts";
import { DUPLICATE_AFTER_SECONDS, withRecordFaults } from "./record-faults.ts";
import type { RecordSource } from "./record-source.ts";

/** How the vendor cuts an answer into pages. */
interface Paging {
  readonly pages: number;
  /** Records in no order, and some of them in two pages. */
  readonly shuffle: boolean;
}

export interface ReadingsQuestion {
  readonly account: string;
  /** Seconds since the epoch, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** From 0 on. */
  readonly page: number;
  /** As of when the vendor answers. */
  readonly now: number;
  /** How far past `now` records are shown, though nobody can have measured them yet. */
  readonly aheadSeconds: number;
}

export interface PageMaker {
  readonly source: RecordSource;
  readonly faults: FaultSwitches;
  readonly seed: number;
  readonly paging: Paging;
}

/** The text of one page of an account's records. */
export function readingsPage(maker: PageMaker, question: ReadingsQuestion): string {
  const records = servedRecords(maker, question);
  const { pages } = maker.paging;
  const ofPage = pages === 1 && !maker.paging.shuffle ? records : cut(records, question, maker.paging);
  return printPage(maker.seed, question.account, ofPage, question.page + 1 < pages ? String(question.page + 1) : null);
}

export function printPage(seed: number, account: string, records: readonly ServedRecord[], nextPage: string | null): string {
  const print = createRecordPrinter();
  const texts = records.map((record) => ("text" in record ? record.text : print(record)));
  return `{"recordType":"glucose","recordVersion":"1.0","accountId":"${accountIdOf(seed, account)}","nextPage":${JSON.stringify(nextPage)},"records":[${texts.join(",")}]}`;
}

/** The vendor's own id of an account. */
export function accountIdOf(seed: number, account: string): string {
  return `acct-${hexOf(mixText(seed, account), 8)}${hexOf(mixText(~seed, account), 8)}`;
}

function servedRecords(maker: PageMaker, { account, from, to, now, aheadSeconds }: ReadingsQuestion): readonly ServedRecord[] {
  const shown = maker.source.shown(account, now + aheadSeconds);
  if (shown === null) return [];
  const start = Math.max(from, shown.from);
  const end = Math.min(to, shown.to);
  if (start >= end) return [];
  const records = maker.source.records(account, start - DUPLICATE_AFTER_SECONDS, end);
  const served = withRecordFaults(records, maker.faults, mixText(maker.seed, account), now);
  return served.filter(({ at }) => at >= start && at < end);
}

const PAGE_SALT = 0x50414745;
const SHARE_IN_TWO_PAGES = 0.2;

/** Which page holds a record depends on the record and the span asked, not on what else has come meanwhile. */
function cut(records: readonly ServedRecord[], { from, to, page }: ReadingsQuestion, { pages, shuffle }: Paging): readonly ServedRecord[] {
  if (!shuffle) return records.filter(({ at }) => Math.floor(((at - from) / (to - from)) * pages) === page);
  return records
    .map((record) => ({ record, bits: mix(PAGE_SALT, record.at) }))
    .filter(({ bits }) => {
      const own = (bits >>> 0) % pages;
      return own === page || ((own + 1) % pages === page && unit(mix(bits, 1)) < SHARE_IN_TWO_PAGES);
    })
    .sort((a, b) => mix(a.bits, page) - mix(b.bits, page))
    .map(({ record }) => record);
}
