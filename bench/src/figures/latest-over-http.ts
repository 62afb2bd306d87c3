import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Figure } from "../harness/figure.ts";
import { atLeast } from "../harness/finding.ts";
import { measureRatio, spreadOf } from "../harness/ratio.ts";
import type { ReadyAnswer } from "../servers/serving.ts";
import { startServer } from "../servers/start-server.ts";
import { createIngestDeps } from "../stage/ingest-deps.ts";
import { ask } from "../stage/load.ts";
import { withScratch } from "../stage/scratch.ts";
import { openScratchStore } from "../stage/scratch-store.ts";
import { storePerson } from "../stage/served-people.ts";

const PEOPLE = 500;
/** Two weeks: the newest day is one of many. */
const READINGS_EACH = 14 * 288;
const CONNECTIONS = 32;

/** Requests per second over the loopback, the service against a route whose answers lie ready. */
export const latestOverHttp: Figure = {
  name: "latest-over-http",
  measure: ({ isQuick }) =>
    withScratch(async (directory) => {
      const bodies = await storePeople(directory);
      const paths = Object.keys(bodies);
      const service = await startServer("service", { dataDir: directory, answers: {} }, join(directory, "service.log"));
      const answers = await answersOf(service.port, bodies);
      const bare = await startServer("bare", { dataDir: directory, answers }, join(directory, "bare.log"));
      if (!isDeepStrictEqual(await answersOf(bare.port, bodies), answers)) throw new Error("The bare server answers something else.");
      const requests = isQuick ? 2_000 : 6_000;
      const burst = (port: number) => ask({ port, paths, requests, connections: CONNECTIONS });
      // Requests per second are the inverse of time: the bare server's time stands above.
      const { value, subjectMs, baselineMs, ...ratio } = await measureRatio(
        { prepare: () => undefined, subject: () => burst(bare.port), baseline: () => burst(service.port) },
        isQuick ? { warmUp: 3, counted: 7 } : { warmUp: 5, counted: 31 },
      );
      await service.stop();
      await bare.stop();
      const perSecond = (ms: number) => Math.round((requests / ms) * 1000);
      return [
        {
          what: `GET latest of ${PEOPLE} people in turn, requests/s ÷ a bare fastify route returning the same bytes, same logging`,
          value,
          unit: "×",
          target: atLeast(0.6),
          note: `${perSecond(baselineMs)}/s ÷ ${perSecond(subjectMs)}/s, ${spreadOf(ratio)}, ${CONNECTIONS} connections`,
        },
      ];
    }),
};

/** By path, what `latest` has to answer. */
async function storePeople(dataDir: string): Promise<Readonly<Record<string, string>>> {
  const store = openScratchStore(dataDir);
  const deps = createIngestDeps(store);
  const bodies: Record<string, string> = {};
  for (let number = 0; number < PEOPLE; number++) {
    const { userId, rows } = await storePerson(deps, number, READINGS_EACH);
    const last = rows.at(-1);
    bodies[`/api/bg/${userId}/latest`] = JSON.stringify({ timestamp: last?.ts, glucose_mg_dl: last?.value });
  }
  await store.close();
  return bodies;
}

/** What a server answers to each path, held against what it should. */
async function answersOf(port: number, bodies: Readonly<Record<string, string>>): Promise<Readonly<Record<string, ReadyAnswer>>> {
  const answers: Record<string, ReadyAnswer> = {};
  for (const [path, expected] of Object.entries(bodies)) {
    const answer = await fetch(`http://localhost:${port}${path}`);
    const body = await answer.text();
    if (body !== expected) throw new Error(`A server answers something else to ${path}.`);
    answers[path] = { body, headers: Object.fromEntries([...answer.headers].filter(([name]) => !OF_THE_CONNECTION.has(name))) };
  }
  return answers;
}

/** What every server writes by itself. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(["connection", "content-length", "date", "keep-alive"]);
