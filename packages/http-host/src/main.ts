#!/usr/bin/env node
import closeWithGrace from "close-with-grace";
import { createHost } from "./create-host.ts";
import { whatToOpen } from "./demo/what-to-open.ts";
import { getSettings } from "./settings/settings.ts";

/** The application: the one place that names packages of providers. */
const builtIn = [
  { name: "dexcom", package: "@bg-ingest/provider-dexcom", isForDevelopment: false },
  { name: "mock", package: "@bg-ingest/provider-mock", isForDevelopment: true },
];
const demo = { userId: "demo", provider: "mock", fields: { user: "demo" } };

const host = await createHost({ environment: process.env, importModule: (name) => import(name), builtIn, demo });
if (host.isErr()) refuse(host.error.message);
else {
  const started = await host.value.start();
  if (started.isErr()) {
    await host.value.stop();
    refuse(started.error.message);
  } else {
    const settings = getSettings();
    process.stdout.write(whatToOpen(started.value.url, settings, started.value.demoUserId, Date.now()));
    closeWithGrace({ delay: (settings.shutdownGraceSeconds + 5) * 1000, logger: false }, async ({ err }) => {
      if (err !== undefined) process.stderr.write(`BG Ingest stops because of a bug: ${err.stack ?? err.message}\n`);
      await host.value.stop();
      process.stdout.write("BG Ingest has stopped. Everything that was accepted is on disk.\n");
    });
  }
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
