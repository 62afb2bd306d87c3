import { err, ok, type Result } from "neverthrow";
import type { VendorRules } from "../vendor-rules.ts";

/** Milliseconds since the epoch: from inclusive, to exclusive. */
export interface DateWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

const WIDEST_WINDOW_MS = 30 * 86_400_000;
const PLAIN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;
const ANY = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?$/;

/** `startDate` and `endDate`: at most 30 days apart, read as UTC where they have no zone. */
export function readDateWindow(
  query: URLSearchParams,
  { dates, windowEnds }: Pick<VendorRules, "dates" | "windowEnds">,
): Result<DateWindow, string> {
  const from = readDate(query.getAll("startDate"), "startDate", dates);
  const to = readDate(query.getAll("endDate"), "endDate", dates);
  if (from.isErr()) return err(from.error);
  if (to.isErr()) return err(to.error);
  if (from.value >= to.value) return err("The startDate must be before the endDate.");
  if (to.value - from.value > WIDEST_WINDOW_MS) return err("The date range must not exceed 30 days.");
  // Records stand at whole milliseconds.
  return ok({ fromMs: from.value + (windowEnds === "open_open" ? 1 : 0), toMs: to.value + (windowEnds === "closed" ? 1 : 0) });
}

function readDate(given: readonly string[], name: string, dates: VendorRules["dates"]): Result<number, string> {
  const [text, ...more] = given;
  if (text === undefined || more.length > 0) return err(`The ${name} is required, once.`);
  if (!(dates === "any" ? ANY : PLAIN).test(text)) return err(`The ${name} is not of the form yyyy-MM-ddTHH:mm:ss.`);
  const isZoned = /(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = Date.parse(isZoned ? text : `${text}Z`);
  // A day that the month does not have moves on to the next month.
  const isReal = !Number.isNaN(ms) && (isZoned || new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19));
  return isReal ? ok(ms) : err(`The ${name} is no date.`);
}
