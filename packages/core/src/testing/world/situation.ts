/** How a vendor can behave, by the names that a provider's contract suite uses. `well` ends whatever was. */
export const SITUATIONS = [
  "well",
  /** What there is comes in two pages. */
  "two_pages",
  "no_data",
  /** A record appears behind the newest. */
  "late_data",
  /** The newest record says something else than before. */
  "revised",
  /** The credentials ran out; renewed ones are taken. */
  "unauthorized",
  /** The credentials are refused, and renewing them is refused as well. */
  "revoked",
  "rate_limited",
  "garbage_page",
  "garbage_record",
  "hangs",
] as const;

export type Situation = (typeof SITUATIONS)[number];

/** What goes wrong with one request. `none`: nothing. `away`: no answer of any use. `cut_off`: the first page comes, then nothing more. */
export type Trouble = "none" | "unauthorized" | "rate_limited" | "garbage_page" | "hangs" | "away" | "cut_off";
