import { err, ok, type Result } from "neverthrow";
import type { z } from "zod";
import { FAULTS, isFaultName } from "../faults/fault.ts";
import { clockBody, faultBody, noBody, spanQuery, userQuery } from "./admin-body.ts";
import type { AdminTarget } from "./admin-target.ts";

/** A way to look into the simulator or to change it while it runs. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** After `/admin/`; `:user` and `:fault` stand for one segment. */
  readonly path: string;
  readonly about: string;
  /** `given`: the query of a GET or DELETE, the JSON body of others. `segment`: a user or fault that there is. */
  answer(target: AdminTarget, segment: string, given: unknown): Result<unknown, z.ZodError>;
}

interface RouteToType<S extends z.ZodType> extends Omit<AdminRoute, "answer"> {
  readonly input: S;
  answer(target: AdminTarget, segment: string, input: z.output<S>): unknown;
}

export const ADMIN_ROUTES: readonly AdminRoute[] = [
  typed({
    method: "GET",
    path: "users",
    about: "Everybody, and how many grants of theirs live.",
    input: noBody,
    answer: (target) => target.users.map((user) => ({ ...user, ...target.countersOf(user.name) })),
  }),
  typed({
    method: "GET",
    path: "users/:user/records",
    about: "The truth: what was published, with every revision; `from`, `to`, `asOf` narrow it.",
    input: spanQuery,
    answer: (target, user, span) => target.published(user, span),
  }),
  typed({
    method: "POST",
    path: "users/:user/revoke",
    about: "The user takes back every access.",
    input: noBody,
    answer: (target, user) => ({ grantsEnded: target.revoke(user) }),
  }),
  typed({
    method: "POST",
    path: "users/:user/upload",
    about: "The user's receiver is plugged in: what it holds is published now.",
    input: noBody,
    answer: (target, user) => {
      target.upload(user);
      return {};
    },
  }),
  typed({
    method: "GET",
    path: "faults",
    about: "Every fault, and the rules in force.",
    input: noBody,
    answer: ({ faults }) => ({ faults: FAULTS, rules: faults.rules() }),
  }),
  typed({
    method: "PUT",
    path: "faults/:fault",
    about: "Switches a fault on: `{share, from, to, user}`, all optional; `from` is now.",
    input: faultBody,
    answer: ({ faults }, fault, options) => (isFaultName(fault) ? faults.switchOn(fault, options) : null),
  }),
  typed({
    method: "DELETE",
    path: "faults/:fault",
    about: "Switches a fault off from now on; `?user=` only where it was switched on for that one.",
    input: userQuery,
    answer: ({ faults }, fault, { user }) => {
      if (isFaultName(fault)) faults.switchOff(fault, user);
      return { rules: faults.rules() };
    },
  }),
  typed({
    method: "DELETE",
    path: "faults",
    about: "Switches everything off from now on.",
    input: noBody,
    answer: ({ faults }) => {
      faults.switchAllOff();
      return { rules: faults.rules() };
    },
  }),
  typed({
    method: "GET",
    path: "counters",
    about: "What it has seen: calls, the worst hour, refreshes, grants that ended, answers lost; `?user=` for one.",
    input: userQuery,
    answer: (target, _, { user }) => (user === undefined ? target.counters() : target.countersOf(user)),
  }),
  typed({
    method: "GET",
    path: "clock",
    about: "What time it is there.",
    input: noBody,
    answer: ({ clock }) => clockState(clock),
  }),
  typed({
    method: "PUT",
    path: "clock",
    about: "Sets how far ahead of this machine the time stands, and how fast it goes: `{offsetSeconds, speed}`.",
    input: clockBody,
    answer: ({ clock }, _, { offsetSeconds, speed }) => {
      clock.adjust({
        ...(offsetSeconds === undefined ? {} : { offsetMs: offsetSeconds * 1000 }),
        ...(speed === undefined ? {} : { speed }),
      });
      return clockState(clock);
    },
  }),
];

function typed<S extends z.ZodType>({ input, answer, ...route }: RouteToType<S>): AdminRoute {
  return {
    ...route,
    answer: (target, segment, given) => {
      const read = input.safeParse(given);
      return read.success ? ok(answer(target, segment, read.data)) : err(read.error);
    },
  };
}

function clockState(clock: AdminTarget["clock"]) {
  const { speed, offsetMs } = clock.setting();
  return { now: new Date(clock.nowMs()).toISOString(), offsetSeconds: offsetMs / 1000, speed };
}
