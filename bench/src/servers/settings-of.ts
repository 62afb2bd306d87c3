import type { Environment } from "@bg-ingest/core";

/** Everything else as it comes: lines are logged at `info`. */
export function settingsOf(dataDir: string): Environment {
  return { DATA_DIR: dataDir, PORT: "0", DEMO: "off" };
}
