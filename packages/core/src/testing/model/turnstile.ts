import type { Chance } from "../../ports/chance.ts";
import { broken } from "../promise.ts";

/** Lets calls through one at a time, in an order that chance decides, so that what runs at once meets in every possible way. */
export interface Turnstile {
  /** Outside of `drive` a call goes straight through. */
  pass<T>(act: () => PromiseLike<T>): Promise<T>;
  /** Runs all of these at once until the last has come to its end. */
  drive(works: readonly (() => Promise<void>)[], chance: Chance): Promise<void>;
}

/** So many turns of the event queue are enough for whatever goes on to come to its next call. */
const TURNS = 60;
const LONGEST_IDLE = 2_000;

export function createTurnstile(): Turnstile {
  const waiting: (() => Promise<void>)[] = [];
  let isDriven = false;

  async function drive(works: readonly (() => Promise<void>)[], chance: Chance): Promise<void> {
    isDriven = true;
    let running = works.length;
    const ended = Promise.allSettled(works.map((work) => work().finally(() => running--)));
    for (let idle = 0; running > 0; ) {
      await turns();
      const next = waiting.splice(Math.floor(chance() * waiting.length), 1)[0];
      if (next !== undefined) await next();
      idle = next === undefined ? idle + 1 : 0;
      if (idle > LONGEST_IDLE) broken("what was begun comes to an end", "nothing moves any more");
      if (idle > 10) await pause();
    }
    isDriven = false;
    for (const end of await ended) if (end.status === "rejected") throw end.reason;
  }

  return {
    pass<T>(act: () => PromiseLike<T>): Promise<T> {
      if (!isDriven) return Promise.resolve(act());
      return new Promise<T>((resolve, reject) => {
        waiting.push(() => Promise.resolve().then(act).then(resolve, reject));
      });
    },
    drive,
  };
}

async function turns(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await null;
}

/** For stores that answer from outside this process. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
