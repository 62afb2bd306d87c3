import type { GuardLimits } from "@bg-ingest/core";

/** A year of a 1-minute sensor is 525,600 records of some 400 bytes; a call asks for a window of it. */
export const PROVIDER_LIMITS: GuardLimits = { pagesPerCall: 1_000, recordsPerCall: 600_000, charactersPerCall: 64 * 1024 * 1024 };

/** Of one answer that a provider fetches. */
export const LONGEST_RESPONSE_BYTES = 64 * 1024 * 1024;
