import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@bg-ingest/store-sqlite";
import { it } from "vitest";
import { renewedOncePerExpiry } from "./support/renewed-once-per-expiry.ts";

it("eight processes over one store on disk renew a grant exactly once per expiry, a thousand times over, and the vendor never ends it", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "bg-processes-"));
  const store = openSqliteStore({ dataDir })._unsafeUnwrap();
  const close = async () => {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  await renewedOncePerExpiry({ opened: () => store, close }, 1_000);
}, 600_000);
