import { expect } from "vitest";
import type { RawAnswer } from "./ask-raw.ts";
import type { Attempt } from "./attempts.ts";
import { type Kept, marksOf, NAMES, type Name, type People } from "./people.ts";

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
/** Files of programs are full of numbers. */
const FILES = /^\/(docs|assets|openapi\.json)/;

/** Whether the answer has the status that the rules say. */
export function judgeStatus({ expected }: Attempt, { status }: RawAnswer, where: string): void {
  if (expected === "granted") expect(status, where).toBeLessThan(400);
  if (expected === "unauthenticated") expect(status, where).toBe(401);
  if (expected === "forbidden") expect(status, where).toBe(403);
  if (expected === "refused") expect(status, where).toBeGreaterThanOrEqual(400);
}

/** Nothing of anybody for whom the request is not may be in the answer. Answers whose data are. */
export function judgeAnswer(attempt: Attempt, answer: RawAnswer, people: People, where: string): readonly Name[] {
  const asked = JSON.stringify([attempt.path, attempt.headers, attempt.payload]);
  const told = `${answer.body}\n${JSON.stringify(answer.headers)}`;
  for (const { password } of NAMES.map(people.of)) expect(told.includes(password), `${where} shows a password`).toBe(false);
  return NAMES.filter((name) => {
    const { texts, reading } = marksOf(people.of(name));
    const isReadingShown = !FILES.test(attempt.path) && reading.test(answer.body);
    // What the request itself says is no news to whoever sent it.
    const isAnythingShown = isReadingShown || texts.some((text) => told.includes(text) && !asked.includes(text));
    if (isAnythingShown) expect(attempt.isFor(name), `${where} shows ${name}: ${told.slice(0, 400)}`).toBe(true);
    if (isReadingShown) expect(attempt.holder.who?.isPage, `${where} shows a page a reading: ${told.slice(0, 400)}`).not.toBe(true);
    return isAnythingShown;
  });
}

/** Nothing of anybody for whom the request is not may have changed, and nothing at all by a request that only reads. Answers who changed. */
export function judgeStores(
  { method, path, isFor, spends }: Attempt,
  before: ReadonlyMap<Name, Kept>,
  after: ReadonlyMap<Name, Kept>,
  where: string,
): readonly Name[] {
  const mayChange = !READING_METHODS.has(method) || (method === "GET" && path.startsWith("/api/oauth/"));
  const changed = NAMES.filter((name) => before.get(name)?.all !== after.get(name)?.all);
  const spent = NAMES.filter((name) => before.get(name)?.isConsentWaiting === true && after.get(name)?.isConsentWaiting !== true);
  for (const name of changed) expect(isFor(name) && mayChange, `${where} changes ${name}`).toBe(true);
  for (const name of spent) expect(spends === name || (isFor(name) && mayChange), `${where} spends the consent of ${name}`).toBe(true);
  return [...new Set([...changed, ...spent])];
}

const ofOneAnswerAlone = new Set(["date", "connection", "keep-alive"]);

/** Of somebody who is known and of somebody who is not: the same answer. */
export function judgeLikeness(one: RawAnswer, other: RawAnswer, where: string): void {
  const plain = ({ status, headers, body }: RawAnswer) => ({
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneAnswerAlone.has(name))),
    body: body.replace(/"request_id":"[^"]*"/, ""),
  });
  expect(plain(one), `${where} tells whether somebody is known`).toEqual(plain(other));
}
