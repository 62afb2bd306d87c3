import { openSync, writeSync } from "node:fs";
import { createMockProvider } from "@bg-ingest/provider-mock";
import { createHost } from "../../src/create-host.ts";
import { createFastTime } from "../fast-time.ts";

/**
 * The service, run by the kill loop: it dies by its own hand at the n-th passing of one checkpoint, as it would by `kill -9`. The ids of
 * events go straight to a file, so they outlive it.
 */
const { KILL_AT, KILL_NTH, EVENTS_FILE, SIMULATED_ZERO_MS, REAL_ZERO_MS, SPEED, ...environment } = process.env;
const time = createFastTime({ simulatedZeroMs: Number(SIMULATED_ZERO_MS), realZeroMs: Number(REAL_ZERO_MS), speed: Number(SPEED) });
const events = openSync(EVENTS_FILE as string, "a");
let passings = 0;

const host = await createHost({
  environment,
  envFile: "/dev/null",
  importModule: (name) => import(name),
  providers: [createMockProvider()],
  time,
  onEvent: ({ id }) => void writeSync(events, `${id}\n`),
  checkpoint(name) {
    if (name === KILL_AT && ++passings === Number(KILL_NTH)) process.kill(process.pid, "SIGKILL");
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
