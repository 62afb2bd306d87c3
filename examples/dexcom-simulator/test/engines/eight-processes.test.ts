import { it } from "vitest";
import { freshTable } from "../../../../packages/store-dynamodb/test/fresh-table.ts";
import { onDynamoDb } from "../../../../packages/store-dynamodb/test/on-dynamodb.ts";
import { renewedOncePerExpiry } from "../support/renewed-once-per-expiry.ts";

/** Hundreds more where `BG_INGEST_EXPIRIES` says so. */
const EXPIRIES = Number(process.env["BG_INGEST_EXPIRIES"] ?? 100);

onDynamoDb("eight processes over one table", () => {
  it("renew a grant exactly once per expiry, again and again, and the vendor never ends it", async () => {
    const table = await freshTable();
    await renewedOncePerExpiry({ opened: table.another, close: table.drop }, EXPIRIES);
  }, 1_800_000);
});
