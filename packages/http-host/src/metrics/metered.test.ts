import type { AsyncResult } from "@bg-ingest/core";
import { err, errAsync, ok, okAsync, type Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { type IterablesAs, metered } from "./metered.ts";

interface Refused {
  readonly kind: "retry";
}

interface Pages {
  readonly fields: readonly string[];
  answer(): AsyncResult<number, Refused>;
  refuse(): AsyncResult<number, Refused>;
  now(): number;
  pages(last: Result<number, Refused>): AsyncIterable<Result<number, Refused>>;
}

function bench(iterables: IterablesAs) {
  const calls: string[] = [];
  const port: Pages = {
    fields: ["a"],
    answer: () => okAsync(1),
    refuse: () => errAsync({ kind: "retry" }),
    now: () => 7,
    async *pages(last) {
      yield ok(1);
      yield last;
    },
  };
  const timed = metered(port, iterables, (call, outcome, seconds) => {
    expect(seconds).toBeGreaterThanOrEqual(0);
    calls.push(`${call} ${outcome}`);
  });
  return { timed, calls };
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("a metered port", () => {
  it("answers what the port answers, and every answer is told with its outcome", async () => {
    const { timed, calls } = bench("whole");
    expect([await timed.answer(), await timed.refuse(), timed.now(), timed.fields]).toEqual([ok(1), err({ kind: "retry" }), 7, ["a"]]);
    expect(calls).toEqual(["answer ok", "refuse retry"]);
  });

  it("tells an iterable as one call, or each item as one", async () => {
    const whole = bench("whole");
    expect(await all(whole.timed.pages(ok(2)))).toEqual([ok(1), ok(2)]);
    await all(whole.timed.pages(err({ kind: "retry" })));
    expect(whole.calls).toEqual(["pages ok", "pages retry"]);
    const item = bench("item");
    expect(await all(item.timed.pages(err({ kind: "retry" })))).toEqual([ok(1), err({ kind: "retry" })]);
    expect(item.calls).toEqual(["pages ok", "pages retry"]);
  });

  it("tells an iterable that is left in the middle, and ends it", async () => {
    const { timed, calls } = bench("whole");
    for await (const _ of timed.pages(ok(2))) break;
    expect(calls).toEqual(["pages ok"]);
  });
});
