import type { Instant } from "@bg-ingest/core";
import closeWithGrace from "close-with-grace";
import { createHost } from "./create-host.ts";
import { whatToOpen } from "./demo/what-to-open.ts";
import type { Host } from "./host.ts";
import { runKeys } from "./keys/run-keys.ts";
import { lastWords } from "./logging/last-words.ts";
import { importFrom } from "./plugins/import-from.ts";
import { getSettings } from "./settings/settings.ts";

/** The application: the one place that names packages of providers. */
const builtIn = [
  { name: "dexcom", package: "@bg-ingest/provider-dexcom", isForDevelopment: false },
  { name: "mock", package: "@bg-ingest/provider-mock", isForDevelopment: true },
];
/** Where it is started stands what was installed for it; what comes with it stands beside it. */
const importModule = importFrom(process.cwd(), (name) => import(name));
const demo = { userId: "demo", provider: "mock", fields: { user: "demo" } };

const ENDED_BY_OTHERS =
  "BG Ingest has not started: a package of a provider ended the process while it was imported or made. Importing one must do nothing. Leave the packages of PROVIDERS out one by one to see which it is, and tell whoever wrote it.";
const NOBODY_AWAITED =
  "Something failed that nobody waits for, mostly in a package of a provider: tell whoever wrote it. The service goes on; what was to be done is tried again when it is due.";
const NOBODY_CAUGHT = "Something failed that nobody caught, so nobody knows what was left half done: the service stops.";

if (process.argv[2] === "keys") process.exitCode = await keys(process.argv.slice(3));
else await serve();

async function serve(): Promise<void> {
  let running: Host<unknown> | null = null;
  process.on("unhandledRejection", (reason) => {
    if (running === null) throw reason;
    running.report(reason, NOBODY_AWAITED);
  });
  const dieOfBug = (error: unknown) => {
    process.off("exit", endedByOthers);
    process.stderr.write(lastWords(error));
    process.exit(1);
  };
  process.once("uncaughtException", dieOfBug);
  process.once("exit", endedByOthers);
  const host = await createHost({ environment: process.env, importModule, builtIn, demo });
  process.off("exit", endedByOthers);
  if (host.isErr()) return refuse(host.error.message);
  const settings = getSettings();
  running = host.value;
  let isStopping = false;
  process.off("uncaughtException", dieOfBug);
  // From before the first request on: whoever ends the service while it starts ends it as gently.
  const grace = { delay: (settings.shutdownGraceSeconds + 5) * 1000, logger: false as const, skip: ["unhandledRejection" as const] };
  const ending = closeWithGrace(grace, async ({ err }) => {
    isStopping = true;
    if (err !== undefined) {
      host.value.report(err, NOBODY_CAUGHT);
      process.stderr.write(lastWords(err));
    }
    await host.value.stop();
    process.stdout.write("BG Ingest has stopped. Everything that was accepted is on disk.\n");
  });
  const started = await host.value.start();
  if (isStopping) return;
  if (started.isOk()) return void process.stdout.write(whatToOpen(started.value, settings, Date.now()));
  await host.value.stop();
  // A process that has nothing left to do would else count as one that was ended gently.
  ending.uninstall();
  process.once("uncaughtException", dieOfBug);
  refuse(started.error.message);
}

/** Whoever watches over the service would take an end without an error for a gentle one. */
function endedByOthers(code: number): void {
  process.stderr.write(`${ENDED_BY_OTHERS}\n`);
  process.exitCode = code === 0 ? 1 : code;
}

/** `keys …`: makes, lists and revokes keys of the API, with the settings of the service. */
function keys(args: readonly string[]): Promise<number> {
  return runKeys({
    args,
    environment: process.env,
    envFile: ".env",
    write: (text) => void process.stdout.write(text),
    now: () => Math.floor(Date.now() / 1000) as Instant,
  });
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
