import { type CallBy, TRUSTED, type UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { exportReadings } from "./export-readings.ts";
import { exportWindows, USUAL_SHAPE } from "./export-windows.ts";
import { type OpenedStore, openStore } from "./open-store.ts";
import { type Asked, parseArguments } from "./parse-arguments.ts";
import { printDays } from "./print-days.ts";
import { printReadings } from "./print-readings.ts";
import { seriesOf } from "./series-of.ts";
import { usersOf } from "./users-of.ts";

/** What a program does with the world. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly problem: (text: string) => void;
  readonly nowMs: () => number;
}

const MOST_MS = 3_600_000;

/** The exit code. The store may be in use by a service: it is opened beside it, and written by nobody here. */
export async function run(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  { out, problem, nowMs }: Surroundings,
): Promise<number> {
  const asked = parseArguments(words, environment, nowMs());
  if (asked.isErr()) {
    problem(`${asked.error}\n`);
    return 2;
  }
  const store = await openStore(asked.value.address);
  if (store.isErr()) {
    problem(`${store.error}\n`);
    return 1;
  }
  const call: CallBy = { signal: AbortSignal.timeout(MOST_MS), caller: TRUSTED };
  const done = await answer(store.value, asked.value, call, out);
  await store.value.close();
  if (done.isErr()) problem(`${done.error}\n`);
  return done.isOk() ? 0 : 1;
}

async function answer(store: OpenedStore, asked: Asked, call: CallBy, out: (text: string) => void): Promise<Result<void, string>> {
  switch (asked.command) {
    case "users":
      return (await usersOf(store, call)).map((users) => out(users.map((user) => `${user}\n`).join("")));
    case "days":
      return (await seriesOf(store, asked.user, asked.span, null, call)).andThen((series) => printDays(series, out));
    case "print":
      return (await seriesOf(store, asked.user, asked.span, asked.asOf, call)).andThen((series) => printReadings(series, out));
    case "export":
    case "windows": {
      const users = asked.users.length > 0 ? ok<readonly UserId[], string>(asked.users) : await usersOf(store, call);
      if (users.isErr()) return err(users.error);
      const { command, span, path } = asked;
      const rows =
        command === "export"
          ? await exportReadings(store, users.value, span, path, call)
          : await exportWindows(store, users.value, span, USUAL_SHAPE, path, call);
      return rows.map((count) => {
        const isNothingKnown = command === "windows" && count === 0;
        return out(`${count} ${NOUNS[command]} of ${users.value.length} people in ${path}\n${isNothingKnown ? NOTHING_KNOWN : ""}`);
      });
    }
  }
}

const NOTHING_KNOWN =
  "At no moment of that time had the service received anything: a history that is read when somebody connects is known from then on.\n";
const NOUNS = { export: "readings", windows: "windows" } as const;
