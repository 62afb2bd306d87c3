import type { AddressInfo } from "node:net";
import { loadSettings } from "@bg-ingest/http-host";
import { fastify } from "fastify";
import { addRequestLog } from "../../../packages/http-host/src/http/request-log.ts";
import { createLogger } from "../../../packages/http-host/src/logging/create-logger.ts";
import type { ListeningAt, ReadyAnswer, Serving } from "./serving.ts";
import { settingsOf } from "./settings-of.ts";

/** fastify and nothing else: one route whose answers lie ready, headers included, and the service's own log. */
async function serve({ dataDir, answers }: Serving): Promise<ListeningAt> {
  const loaded = await loadSettings(settingsOf(dataDir), `${dataDir}/none`);
  if (loaded.isErr()) throw new Error(loaded.error.message);
  const log = createLogger(loaded.value.settings);
  const app = fastify({ logger: false });
  app.decorateRequest("problem", null);
  addRequestLog(app, log.logger);
  app.get("/api/bg/:userId/latest", (request, reply) => {
    const { headers, body } = answers[request.url] as ReadyAnswer;
    void reply.headers(headers).send(body);
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  process.once("disconnect", () => void app.close().then(log.flush));
  return { port: (app.server.address() as AddressInfo).port };
}

process.once("message", (serving: Serving) => {
  void serve(serving).then((listening) => process.send?.(listening));
});
