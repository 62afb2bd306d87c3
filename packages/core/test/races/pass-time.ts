import { keeps } from "../../src/testing/promise.ts";
import { anna } from "../ingest-bench.ts";
import { isMet, lookAndTend } from "./race-owner.ts";
import { ben } from "./race-people.ts";
import { HOUR_SECONDS, LOOK_MS } from "./race-time.ts";
import { type Races, recordOf } from "./races.ts";

/** So much time passes while the owners do what is due. */
export async function passTime(races: Races, seconds: number): Promise<void> {
  const { time, replicas } = races;
  const untilMs = time.passedMs + seconds * 1000;
  const tendsBefore = races.tends;
  for (;;) {
    for (const n of [0, 1]) await lookAndTend(races, n);
    const tends = races.tends - tendsBefore;
    keeps("nobody is kept busy for nothing", tends < 60 + seconds / 60, `${tends} tends in ${seconds} s`);
    await checkConnecting(races);
    if (time.passedMs >= untilMs) return;
    const dueMs = Math.min(...replicas.flatMap(({ due }) => [...due.values()]));
    const nextMs = (await isAllMet(races)) ? dueMs : Math.min(dueMs, time.passedMs + LOOK_MS);
    time.passedMs = Math.min(untilMs, Math.max(time.passedMs + 1_000, nextMs));
  }
}

async function isAllMet(races: Races): Promise<boolean> {
  const records = [await recordOf(races, anna), await recordOf(races, ben)];
  return records.every((record) => record === undefined || isMet(races, record));
}

async function checkConnecting(races: Races): Promise<void> {
  const { passedMs } = races.time;
  const record = await recordOf(races, anna);
  if (record?.phase !== "connecting") races.connectingSinceMs = null;
  else races.connectingSinceMs ??= passedMs;
  const forMs = passedMs - (races.connectingSinceMs ?? passedMs);
  keeps("nothing is being connected for longer than two hours", forMs <= 2 * HOUR_SECONDS * 1000 + LOOK_MS, `${forMs / 1000} s`);
}
