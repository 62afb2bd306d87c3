import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@bg-ingest/core";
import { createFastTime } from "../fast-time.ts";
import { type ServiceProcess, startService } from "../kill/service-process.ts";
import { type EnginesUnderTest, HEARTBEAT_SECONDS, type OpenEngines } from "./engines-under-test.ts";

/** Replicas of one service in a time that runs fast, of which some are ended. */
export interface Fleet {
  readonly time: Clock;
  readonly under: EnginesUnderTest;
  /** So many replicas over the engines, with these settings besides those that name the engines. */
  begin(replicas: number, environment: Readonly<Record<string, string>>): Promise<void>;
  /** Of one that lives, in turn. */
  someUrl(n: number): string;
  /** Does `meanwhile` over and over until `untilMs` of `performance.now()`, and ends one now and then. */
  liveOn(untilMs: number, ending: Ending, meanwhile: (n: number) => Promise<void>): Promise<void>;
  /** How each one ended that was ended. */
  readonly ends: readonly string[];
  /** Of those, how many stood in the register still when they had ended: until they are out, what was theirs is nobody's. */
  leftInRegister(): number;
  /** From each end until the dead one was out of the register, in heartbeats. */
  readonly takeovers: readonly number[];
  /** Lets all of them end as they are meant to. */
  stop(): Promise<void>;
  /** Ends whatever still lives, and closes the engines. */
  close(): Promise<void>;
}

export interface Ending {
  /** One is ended so often, the one that has lived longest, and another begun in its place; `null`: none. */
  readonly endEverySeconds: number | null;
  /** How: killed, or told to stop. */
  readonly signal: "SIGKILL" | "SIGTERM";
}

/** Half a simulated minute in a second: a heartbeat is two seconds, and whoever is polled every five minutes is polled every ten seconds. */
const SPEED = 30;
const HEARTBEAT_MS = (Number(HEARTBEAT_SECONDS) * 1_000) / SPEED;
const SIMULATED_ZERO_MS = Date.UTC(2026, 2, 1, 6);

interface Replica {
  readonly service: ServiceProcess;
  readonly url: string;
  /** Its name in the register. */
  readonly name: string;
}

/** `script`: serves, with its time made of `SIMULATED_ZERO_MS`, `REAL_ZERO_MS` and `SPEED`, and prints `LISTENING` and its address. */
export async function openFleet(open: OpenEngines, script: URL): Promise<Fleet> {
  const zeros = { simulatedZeroMs: SIMULATED_ZERO_MS, realZeroMs: Date.now(), speed: SPEED };
  const time = createFastTime(zeros);
  const under = await open(time.nowMs);
  const living: Replica[] = [];
  const takeovers: number[] = [];
  let settings: Readonly<Record<string, string>> = {};
  let isAlone = true;
  const ends: string[] = [];
  let leftInRegister = 0;

  async function beginOne(): Promise<void> {
    const before = new Set(await under.replicas());
    const service = await startService(settings, script);
    if (service.url === null) throw new Error(`A replica did not start: ${service.complaints()}`);
    let name: string | undefined;
    if (!isAlone) for (; name === undefined; await sleep(50)) name = (await under.replicas()).find((each) => !before.has(each));
    living.push({ service, url: service.url, name: name ?? "alone" });
  }

  async function endOldest(signal: Ending["signal"]): Promise<void> {
    const oldest = living.shift();
    if (oldest === undefined) return;
    oldest.service.signal(signal);
    ends.push(await oldest.service.ended);
    const endedMs = performance.now();
    if ((await under.replicas()).includes(oldest.name)) leftInRegister++;
    const begun = beginOne();
    while ((await under.replicas()).includes(oldest.name)) await sleep(25);
    takeovers.push((performance.now() - endedMs) / HEARTBEAT_MS);
    await begun;
  }

  return {
    time,
    under,
    takeovers,
    ends,
    leftInRegister: () => leftInRegister,
    someUrl: (n) => (living[n % living.length] as Replica).url,
    async begin(replicas, environment) {
      isAlone = replicas === 1;
      settings = {
        ...under.environment,
        PORT: "0",
        DEMO: "off",
        LOG_LEVEL: "silent",
        SHUTDOWN_GRACE_SECONDS: "600",
        ...environment,
        SIMULATED_ZERO_MS: String(zeros.simulatedZeroMs),
        REAL_ZERO_MS: String(zeros.realZeroMs),
        SPEED: String(SPEED),
      };
      while (living.length < replicas) await beginOne();
    },
    async liveOn(untilMs, { endEverySeconds, signal }, meanwhile) {
      const everyMs = (endEverySeconds ?? Number.POSITIVE_INFINITY) * 1000;
      let endAtMs = performance.now() + everyMs;
      let ending: Promise<void> = Promise.resolve();
      for (let n = 0; performance.now() < untilMs; n++) {
        if (performance.now() >= endAtMs) {
          await ending;
          ending = endOldest(signal);
          endAtMs += everyMs;
        }
        await meanwhile(n);
      }
      await ending;
    },
    async stop() {
      for (const { service } of living) service.signal("SIGTERM");
      for (const { service } of living) await service.ended;
    },
    async close() {
      for (const { service } of living) service.signal("SIGKILL");
      await under.close();
    },
  };
}
