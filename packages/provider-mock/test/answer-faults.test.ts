import type { ProviderError } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { ANSWER_FAULTS, type AnswerFaultName } from "../src/world/fault.ts";
import { call, connectMock, DAY, demoCredentials, failureOf, fetched, HOUR, NOW, pagesOf, spanBefore } from "./mock-setup.ts";

const LAST_HOURS = spanBefore(NOW, 3 * HOUR);

async function failureWith(name: AnswerFaultName): Promise<ProviderError> {
  const { world, mock } = connectMock();
  const credentials = await demoCredentials(mock);
  world.faults.switchOn(name, 1);
  const pages = await pagesOf(mock, LAST_HOURS, credentials);
  return pages[0]?._unsafeUnwrapErr() ?? { kind: "stop", message: "no page came" };
}

async function instantsWith(name: AnswerFaultName): Promise<readonly number[]> {
  const { mock } = connectMock({ faults: { [name]: 1 } });
  return (await fetched(mock, LAST_HOURS)).readings.map(({ time }) => Number(time) / 1000);
}

const EFFECT: Readonly<Record<AnswerFaultName, () => Promise<void>>> = {
  future_instants: async () => {
    const instants = await instantsWith("future_instants");
    expect(instants.filter((at) => at > NOW).length).toBe(12);
    expect(instants.filter((at) => at <= NOW).length).toBe(36);
    const later = connectMock();
    later.time.pass(HOUR * 1000);
    const made = (await fetched(later.mock, spanBefore(NOW + HOUR, HOUR))).readings.map(({ time }) => Number(time) / 1000);
    expect(instants.filter((at) => at >= NOW)).toEqual(made.filter((at) => at >= NOW));
  },
  stale_answer: async () => {
    const instants = await instantsWith("stale_answer");
    expect(instants.length).toBe(27);
    expect(Math.max(...instants)).toBeLessThanOrEqual(NOW - 45 * 60);
  },
  no_data: async () => {
    const { mock } = connectMock({ faults: { no_data: 1 } });
    expect(await fetched(mock, LAST_HOURS)).toEqual({ readings: [], rejected: [] });
    expect((await mock.backfill.availableSpan(await demoCredentials(mock), call))._unsafeUnwrap()).toBeNull();
  },
  garbage_pages: async () => expect(await failureWith("garbage_pages")).toMatchObject({ kind: "stop" }),
  unauthorized: async () => expect(await failureWith("unauthorized")).toMatchObject({ kind: "reconnect" }),
  rate_limited: async () => {
    const failure = await failureWith("rate_limited");
    expect(failure.kind).toBe("retry");
    expect(failure).not.toHaveProperty("retryAfterMs");
  },
  rate_limited_seconds: async () =>
    expect(await failureWith("rate_limited_seconds")).toMatchObject({ kind: "retry", retryAfterMs: 30_000 }),
  rate_limited_date: async () => expect(await failureWith("rate_limited_date")).toMatchObject({ kind: "retry", retryAfterMs: 30_000 }),
  server_errors: async () => expect(await failureWith("server_errors")).toMatchObject({ kind: "retry" }),
  unreachable: async () => expect(await failureWith("unreachable")).toMatchObject({ kind: "retry" }),
  lost_answers: async () => {
    expect(await failureWith("lost_answers")).toMatchObject({ kind: "retry" });
    const { world, mock } = connectMock();
    const session = (await mock.login.login({ user: "demo", password: "mock" }, call))._unsafeUnwrap().credentials;
    world.faults.switchOn("lost_answers", 1);
    expect((await mock.login.renew(session, call))._unsafeUnwrapErr().kind).toBe("retry");
    world.faults.switchOff("lost_answers");
    // The renewal did take place: what it used up does not work again.
    expect((await mock.login.renew(session, call))._unsafeUnwrapErr().kind).toBe("reconnect");
  },
  hangs: async () => {
    const { world, mock } = connectMock();
    const credentials = await demoCredentials(mock);
    world.faults.switchOn("hangs", 1);
    const abort = new AbortController();
    const page = mock.poll.fetchPages({ window: LAST_HOURS, credentials }, { signal: abort.signal })[Symbol.asyncIterator]().next();
    const first = await Promise.race([page, new Promise((resolve) => setImmediate(resolve, "still waiting"))]);
    expect(first).toBe("still waiting");
    abort.abort();
    expect((await page).value?._unsafeUnwrapErr()).toMatchObject({ kind: "retry" });
  },
  revoked: async () => {
    expect(await failureWith("revoked")).toMatchObject({ kind: "reconnect" });
    const { world, mock } = connectMock();
    const session = (await mock.login.login({ user: "demo", password: "mock" }, call))._unsafeUnwrap().credentials;
    world.faults.switchOn("revoked");
    expect((await mock.login.renew(session, call))._unsafeUnwrapErr().kind).toBe("reconnect");
  },
};

describe.each(Object.keys(ANSWER_FAULTS) as AnswerFaultName[])("the fault %s", (name) => {
  it("does what its name says", () => EFFECT[name]());
});

it("answers everything when no fault is on", async () => {
  const { mock } = connectMock();
  expect((await fetched(mock, LAST_HOURS)).readings.length).toBe(36);
});

it("leaves all but the unreadable hours readable, however the windows are cut", async () => {
  const { world, mock } = connectMock({ faults: { garbage_pages: 0.05 } });
  const span = spanBefore(NOW - (NOW % HOUR), 4 * DAY);
  expect(await failureOf(mock, span)).toMatchObject({ kind: "stop" });
  const credentials = await demoCredentials(mock);
  const unreadable: number[] = [];
  for (let from = span.from; from < span.to; from = (from + HOUR) as typeof from) {
    const [page] = await pagesOf(mock, spanBefore(from + HOUR, HOUR), credentials);
    if (page?.isErr()) unreadable.push(from);
    else expect(page?._unsafeUnwrap().readings.length).toBe(world.records("demo", spanBefore(from + HOUR, HOUR)).length);
  }
  expect(unreadable.length).toBeGreaterThan(0);
  expect(unreadable.length).toBeLessThan(15);
});

it("strikes the same requests in two worlds of one seed, and others in a world of another", async () => {
  const outcomes = async (seed: string) => {
    const { world, mock } = connectMock({ seed });
    const credentials = await demoCredentials(mock);
    world.faults.switchOn("server_errors", 0.5);
    const kinds: boolean[] = [];
    for (let i = 0; i < 30; i++) kinds.push((await pagesOf(mock, LAST_HOURS, credentials))[0]?.isErr() ?? false);
    return kinds;
  };
  expect(await outcomes("a")).toEqual(await outcomes("a"));
  expect(await outcomes("a")).not.toEqual(await outcomes("b"));
  expect(new Set(await outcomes("a"))).toEqual(new Set([true, false]));
});
