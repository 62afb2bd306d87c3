import { createHost } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-dexcom";
import { createFastTime } from "../../../../packages/http-host/test/fast-time.ts";

/** One of several replicas with the Dexcom provider. */
const { SIMULATED_ZERO_MS, REAL_ZERO_MS, SPEED, ...environment } = process.env;
const time = createFastTime({ simulatedZeroMs: Number(SIMULATED_ZERO_MS), realZeroMs: Number(REAL_ZERO_MS), speed: Number(SPEED) });

const host = await createHost({
  environment,
  envFile: "/dev/null",
  importModule: (name) => import(name),
  providers: [provider],
  time,
});
const started = host.isOk() ? await host.value.start() : host;
if (host.isErr() || started.isErr()) {
  process.stderr.write(`${host.isErr() ? host.error.message : started.isErr() ? started.error.message : ""}\n`);
  process.exit(1);
}
process.stdout.write(`LISTENING ${started.value.url}\n`);
process.once("SIGTERM", () => void host.value.stop().then(() => process.exit(0)));
