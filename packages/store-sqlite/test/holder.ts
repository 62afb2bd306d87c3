import { writeSync } from "node:fs";
import { openSqliteStore } from "../src/index.ts";

/** Opens the store, says so or why not, and keeps it until its input ends. */
const opened = openSqliteStore({ dataDir: process.argv[2] ?? "" });
writeSync(1, opened.isOk() ? "open\n" : `${opened.error.kind}: ${opened.error.message}\n`);
if (opened.isOk()) {
  process.stdin.resume();
  process.stdin.on("end", () => void opened.value.close());
}
