import { createHost } from "@bg-ingest/http-host";
import type { ListeningAt, Serving } from "./serving.ts";
import { settingsOf } from "./settings-of.ts";

/** The service as an application starts it. */
async function serve({ dataDir }: Serving): Promise<ListeningAt> {
  const host = await createHost({ environment: settingsOf(dataDir), envFile: `${dataDir}/none`, importModule: (name) => import(name) });
  if (host.isErr()) throw new Error(host.error.message);
  const started = await host.value.start();
  if (started.isErr()) throw new Error(started.error.message);
  process.once("disconnect", () => void host.value.stop());
  return { port: Number(new URL(started.value.url).port) };
}

process.once("message", (serving: Serving) => {
  void serve(serving).then((listening) => process.send?.(listening));
});
