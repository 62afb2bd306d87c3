import { openSync, writeSync } from "node:fs";
import { createMockProvider } from "@bg-ingest/provider-mock";
import { createHost } from "../../src/create-host.ts";
import { createFastTime } from "../fast-time.ts";

/** One of several replicas. Their vendor is somewhere else, as a vendor is; the ids of events go straight to a file, so they outlive it. */
const { VENDOR_URL = "", EVENTS_FILE = "", SIMULATED_ZERO_MS, REAL_ZERO_MS, SPEED, ...environment } = process.env;
const time = createFastTime({ simulatedZeroMs: Number(SIMULATED_ZERO_MS), realZeroMs: Number(REAL_ZERO_MS), speed: Number(SPEED) });
const events = openSync(EVENTS_FILE, "a");

const host = await createHost({
  environment,
  envFile: "/dev/null",
  importModule: (name) => import(name),
  providers: [createMockProvider({ isRemote: true })],
  fetch: (url, init) => fetch(String(url).replace("https://mock.invalid", VENDOR_URL), init),
  time,
  onEvent: ({ id }) => void writeSync(events, `${id}\n`),
});
const started = host.isOk() ? await host.value.start() : host;
if (host.isErr() || started.isErr()) {
  process.stderr.write(`${host.isErr() ? host.error.message : started.isErr() ? started.error.message : ""}\n`);
  process.exit(1);
}
process.stdout.write(`LISTENING ${started.value.url}\n`);
process.once("SIGTERM", () => void host.value.stop().then(() => process.exit(0)));
