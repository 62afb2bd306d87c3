/** What nobody has confirmed about the vendor, as numbers and words to choose. */
export interface VendorRules {
  /** Nothing of the vendor's mentions PKCE: `refused` answers a challenge or verifier with `invalid_request`. */
  readonly pkce: "refused" | "ignored";
  /** A refresh token that comes again ends its whole grant, or is merely not accepted. */
  readonly refreshReuse: "ends_grant" | "refused";
  /** How a refresh token of a grant that has ended is refused: by the word that RFC 6749 has for it, or by a 400 of another form. */
  readonly endedGrants: "invalid_grant" | "in_no_form";
  /** `startDate` and `endDate` with a zone or a fraction: documented is neither. */
  readonly dates: "plain_only" | "any";
  /** Whether a record exactly at `startDate` and one exactly at `endDate` are in a window: the first and not the last is documented for alerts alone. */
  readonly windowEnds: "open_open" | "closed_open" | "closed";
  readonly codeLifeSeconds: number;
  readonly accessTokenLifeSeconds: number;
  readonly refreshTokenLifeSeconds: number;
  /** Of one application, in any sliding hour. Every request that reaches the vendor counts, refused ones and those for tokens too. */
  readonly callsPerHour: number;
  /** `dataRange` with a `lastSyncTime` older than this says that there is nothing. */
  readonly lastSyncTimeDays: number;
}

/** The worst reading of whatever is unverified. */
export const WORST_RULES: VendorRules = {
  pkce: "refused",
  refreshReuse: "ends_grant",
  // Seen so, with exceptions; told in no form at all, nobody could hold a provider to what it says of it.
  endedGrants: "invalid_grant",
  dates: "plain_only",
  windowEnds: "open_open",
  codeLifeSeconds: 60,
  accessTokenLifeSeconds: 7_200,
  refreshTokenLifeSeconds: 365 * 86_400,
  callsPerHour: 60_000,
  lastSyncTimeDays: 100,
};
