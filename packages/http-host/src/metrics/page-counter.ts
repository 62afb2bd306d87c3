import { ARRIVALS, type Arrival, type CountPage } from "@bg-ingest/core";
import type { Instruments } from "./instruments.ts";

const OUTCOMES: Readonly<Record<Arrival, string>> = { live: "live", late: "late", revision: "revision", backfill: "backfill" };

export function createPageCounter({ readings, readingDelay }: Instruments): CountPage {
  return ({ provider, added, known, delaySeconds }) => {
    for (const arrival of ARRIVALS) if (added[arrival] > 0) readings.inc({ provider, outcome: OUTCOMES[arrival] }, added[arrival]);
    if (known > 0) readings.inc({ provider, outcome: "duplicate" }, known);
    if (delaySeconds !== null) readingDelay.observe({ provider }, delaySeconds);
  };
}
