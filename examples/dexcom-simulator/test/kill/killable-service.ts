import { openSync, writeSync } from "node:fs";
import { createHost } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-dexcom";
import { createFastTime } from "../../../../packages/http-host/test/fast-time.ts";

/**
 * The service with the Dexcom provider, run by the refresh kills. Once it is told to by SIGUSR2, or from the start where `IS_DOOMED` says so,
 * it dies by its own hand at one checkpoint, as it would by `kill -9`. Its log and its events go straight to files and outlive it.
 */
const { KILL_AT, IS_DOOMED, LOG_FILE, EVENTS_FILE, SIMULATED_ZERO_MS, REAL_ZERO_MS, SPEED, ...environment } = process.env;
const fast = createFastTime({ simulatedZeroMs: Number(SIMULATED_ZERO_MS), realZeroMs: Number(REAL_ZERO_MS), speed: Number(SPEED) });
const log = openSync(LOG_FILE as string, "a");
const events = openSync(EVENTS_FILE as string, "a");
let isDoomed = IS_DOOMED === "yes";
process.on("SIGUSR2", () => {
  isDoomed = true;
});

/** A provider is waited for in real time: a busy machine is no vendor that hangs. */
const deadlineMs = Number(environment["PROVIDER_DEADLINE_SECONDS"]) * 1000;
const time: typeof fast = { ...fast, after: (ms, work) => fast.after(ms === deadlineMs ? ms * Number(SPEED) : ms, work) };

const host = await createHost({
  environment,
  envFile: "/dev/null",
  importModule: (name) => import(name),
  providers: [provider],
  time,
  logTarget: { write: (line) => void writeSync(log, line), isTerminal: false, flush: () => undefined },
  onEvent: ({ id, type, data }) => void writeSync(events, `${JSON.stringify([id, type, "state" in data ? data.state : null])}\n`),
  checkpoint(name) {
    if (isDoomed && name === KILL_AT) process.kill(process.pid, "SIGKILL");
  },
});
if (host.isErr()) {
  process.stderr.write(`${host.error.message}\n`);
  process.exit(1);
}
const service = host.value;
const started = await service.start();
if (started.isErr()) {
  process.stderr.write(`${started.error.message}\n`);
  process.exit(1);
}
process.stdout.write(`LISTENING ${started.value.url}\n`);
process.once("SIGTERM", () => void service.stop().then(() => process.exit(0)));
