import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentVersions, type Instant, instantAt, type Span } from "@bg-ingest/core";
import { createMockWorld } from "@bg-ingest/provider-mock";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createFastTime } from "../fast-time.ts";
import { type ServiceProcess, startService } from "../kill/service-process.ts";
import { signedDelivery } from "../kill/signed-delivery.ts";
import { eventIdsOf } from "../kill/stored-days.ts";
import { type OpenEngines, openSqliteUnderTest } from "./engines-under-test.ts";
import { findReplicaEngines } from "./find-replica-engines.ts";

const replicaEngines = await findReplicaEngines();
afterAll(() => replicaEngines?.end());

const engines: readonly (readonly [string, OpenEngines | undefined])[] = [
  ["SQLite, in one process", openSqliteUnderTest],
  ["DynamoDB and RabbitMQ", replicaEngines?.open],
];

/** A simulated minute in a second: a person is polled every five seconds. */
const SPEED = 60;
const HISTORY_DAYS = 3;
const DAY_SECONDS = 86_400;
const SEED = "whole-service";

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(
  url: string,
  method = "GET",
  body?: object | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isBytes = body instanceof Uint8Array;
  const json = body === undefined || isBytes ? {} : { "content-type": "application/json" };
  const answer = await fetch(url, {
    method,
    headers: { ...json, ...headers },
    body: body === undefined ? null : isBytes ? body : JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

interface Reading {
  readonly timestamp: string;
  readonly glucose_mg_dl: number;
}

describe.each(engines)("a whole service on %s", (_, open) => {
  it.skipIf(open === undefined)(
    "connects people, polls, takes deliveries, answers, outlives restarts and kills, disconnects and erases",
    async () => {
      const zeros = { simulatedZeroMs: Date.UTC(2026, 2, 1, 6), realZeroMs: Date.now(), speed: SPEED };
      const time = createFastTime(zeros);
      const under = await (open as OpenEngines)(time.nowMs);
      onTestFinished(() => under.close());
      const world = createMockWorld({ clock: time, seed: SEED, historyDays: HISTORY_DAYS });
      const eventsFile = join(mkdtempSync(join(tmpdir(), "bg-whole-")), "events.txt");
      const now = () => Math.floor(time.nowMs() / 1000) as Instant;
      const textOf = (at: number) => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;

      let service: ServiceProcess | undefined;
      onTestFinished(() => service?.signal("SIGKILL"));
      const begin = async (): Promise<string> => {
        service = await startService({
          ...under.environment,
          PORT: "0",
          DEMO: "off",
          LOG_LEVEL: "error",
          POLL_INTERVAL_SECONDS: "300",
          PROVIDER_DEADLINE_SECONDS: "300",
          SHUTDOWN_GRACE_SECONDS: "600",
          MOCK_SEED: SEED,
          MOCK_HISTORY_DAYS: String(HISTORY_DAYS),
          KILL_AT: "",
          KILL_NTH: "0",
          EVENTS_FILE: eventsFile,
          SIMULATED_ZERO_MS: String(zeros.simulatedZeroMs),
          REAL_ZERO_MS: String(zeros.realZeroMs),
          SPEED: String(SPEED),
        });
        if (service.url === null) throw new Error(`The service did not start: ${service.complaints()}`);
        return service.url;
      };
      const end = async (signal: NodeJS.Signals): Promise<string | undefined> => {
        service?.signal(signal);
        return service?.ended;
      };
      const stateOf = async (url: string, person: string): Promise<string | undefined> => {
        const { status, text } = await ask(`${url}/api/connections/${person}`);
        return status === 200 ? (JSON.parse(text) as { connections: readonly { state: string }[] }).connections[0]?.state : undefined;
      };
      const readingsOf = async (url: string, person: string, from: number, to: number): Promise<readonly Reading[]> => {
        const { status, text } = await ask(`${url}/api/bg/${person}?from=${textOf(from)}&to=${textOf(to)}`);
        expect(status, text).toBe(200);
        return JSON.parse(text) as readonly Reading[];
      };
      const connect = async (url: string, person: string): Promise<string> => {
        const { status, text } = await ask(`${url}/api/connections/${person}/mock`, "POST", { user: person });
        expect(status, text).toBe(201);
        return (JSON.parse(text) as { webhook: { secret: string } }).webhook.secret;
      };
      const becomes = (url: string, person: string, state: string) =>
        expect.poll(() => stateOf(url, person), { interval: 100 }).toBe(state);

      let url = await begin();
      await expect.poll(async () => (await ask(`${url}/readyz`)).status, { interval: 100 }).toBe(200);
      expect((await ask(`${url}/readyz`)).text).not.toContain('"ok":false');

      const secret = await connect(url, "anna");
      await connect(url, "bert");
      for (const person of ["anna", "bert"]) await becomes(url, person, "healthy");
      const span: Span = { from: (now() - 2 * DAY_SECONDS) as Instant, to: (now() - 3_600) as Instant };
      const expected = world
        .records("anna", span)
        .map(({ at, value }): Reading => ({ timestamp: textOf(at), glucose_mg_dl: Math.round(value as number) }));
      expect(expected.length).toBeGreaterThan(400);
      expect(await readingsOf(url, "anna", span.from, span.to)).toEqual(expected);

      const { body, headers, readings } = await signedDelivery(world, "anna", secret, now());
      for (let time = 0; time < 2; time++) expect((await ask(`${url}/api/bg/anna/webhook`, "POST", body, headers)).status).toBe(202);
      const delivered = [...readings].map(([at, value]): Reading => ({ timestamp: textOf(at), glucose_mg_dl: Math.round(value) }));
      expect(delivered.length).toBeGreaterThan(0);
      const storedOfDelivery = async (): Promise<readonly Reading[]> => {
        const all = await readingsOf(url, "anna", Math.min(...readings.keys()), Math.max(...readings.keys()) + 1);
        return all.filter(({ timestamp }) => delivered.some((each) => each.timestamp === timestamp));
      };
      await expect.poll(storedOfDelivery, { interval: 100 }).toEqual(delivered);

      const latestOf = async (person: string) => JSON.parse((await ask(`${url}/api/bg/${person}/latest`)).text) as Reading;
      const before = await latestOf("bert");
      await expect.poll(async () => (await latestOf("bert")).timestamp > before.timestamp, { interval: 200 }).toBe(true);

      expect(await end("SIGTERM")).toBe("0");
      url = await begin();
      expect(await readingsOf(url, "anna", span.from, span.to)).toEqual(expected);
      const afterRestart = await latestOf("bert");
      await expect.poll(async () => (await latestOf("bert")).timestamp > afterRestart.timestamp, { interval: 200 }).toBe(true);

      expect(await end("SIGKILL")).toBe("SIGKILL");
      url = await begin();
      expect(await readingsOf(url, "anna", span.from, span.to)).toEqual(expected);
      const afterKill = await latestOf("bert");
      await expect.poll(async () => (await latestOf("bert")).timestamp > afterKill.timestamp, { interval: 200 }).toBe(true);

      expect((await ask(`${url}/api/connections/bert/mock`, "DELETE")).status).toBeLessThan(300);
      await becomes(url, "bert", "disconnected");
      expect((await ask(`${url}/api/bg/bert/latest`)).status).toBe(200);

      expect((await ask(`${url}/api/bg/anna`, "DELETE")).status).toBeLessThan(300);
      expect((await ask(`${url}/api/bg/anna/latest`)).status).toBe(404);
      expect((await ask(`${url}/api/connections/anna`)).status).toBe(404);
      expect((await ask(`${url}/api/bg/bert/latest`)).status).toBe(200);

      expect(await end("SIGTERM")).toBe("0");
      const stored = await under.readStore();
      const annas = stored.filter(({ record }) => record.userId === "anna");
      expect(annas.flatMap(({ logs }) => logs)).toEqual([]);
      const [bert] = stored.filter(({ record }) => record.userId === "bert");
      const instants =
        bert?.logs.flatMap((log) => Array.from(currentVersions(log.columns), (i) => instantAt(log.columns, i, log.day))) ?? [];
      expect(instants.length).toBeGreaterThan(400);
      expect(new Set(instants).size).toBe(instants.length);

      const ids = bert === undefined ? [] : eventIdsOf(bert);
      const heardHere = new Set(readFileSync(eventsFile, "utf8").split("\n"));
      expect(ids.filter((id) => !heardHere.has(id))).toEqual([]);
      const heardThere = await under.readEvents();
      if (heardThere !== null) expect(ids.filter((id) => !heardThere.includes(id))).toEqual([]);
    },
    600_000,
  );
});
