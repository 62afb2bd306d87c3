import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Runs the service from its sources and restarts it when one of them changes.
 * The watcher passes signals on to the service, and so does a terminal; in a process group of its own it gets each once, from here.
 */
const service = join(import.meta.dirname, "../packages/http-host/src/main.ts");
const watcher = spawn(process.execPath, ["--watch", "--watch-preserve-output", "--conditions=source", "--enable-source-maps", service], {
  detached: true,
  stdio: ["ignore", "inherit", "inherit"],
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => watcher.kill(signal));
watcher.on("exit", (code) => {
  process.exitCode = code ?? 0;
});
