#!/usr/bin/env node
// Before anything else is loaded: an older Node fails at the first import that it does not know, in words that help nobody.
const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) await import("./main.ts");
else {
  process.stderr.write(
    `BG Ingest needs Node ${OLDEST_NODE} or newer, and this is ${process.versions.node}. Install it from https://nodejs.org and start again.\n`,
  );
  process.exitCode = 1;
}
