import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SetAside } from "../../ports/set-aside.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import { toSetAsideRecord } from "./set-aside-records.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const source = "source0000001" as SourceId;
const of = (record: unknown, change: Partial<SetAside> = {}): SetAside => ({
  reason: "unreadable_record",
  detail: "wrong",
  at: null,
  record,
  ...change,
});

it("the same record has the same key, whenever it comes and whatever is said of it", () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), fc.nat(), (json, detail, at) => {
      const first = toSetAsideRecord(source, of(JSON.parse(json)), digest, 1 as Instant);
      const again = toSetAsideRecord(
        source,
        of(JSON.parse(json), { reason: "in_the_future", detail, at: at as Instant }),
        digest,
        2 as Instant,
      );
      expect(again.key).toBe(first.key);
    }),
  );
});

it("different records, and the same of another source, have different keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const keyOf = (record: unknown, id = source) => toSetAsideRecord(id, of(record), digest, 1 as Instant).key;
      expect(keyOf(a) === keyOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      expect(keyOf(a, "source0000002" as SourceId)).not.toBe(keyOf(a));
    }),
  );
});

it("a record of any shape is kept as a text that a store gives back as it was", () => {
  const strange = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
    fc.string({ unit: "binary", minLength: 4_000, maxLength: 5_000 }),
  );
  fc.assert(
    fc.property(strange, fc.string({ unit: "binary", maxLength: 600 }), (record, detail) => {
      const kept = toSetAsideRecord(source, of(record, { detail }), digest, 1 as Instant);
      expect(kept.record.length).toBeLessThanOrEqual(4_096);
      expect(kept.detail.length).toBeLessThanOrEqual(512);
      for (const text of [kept.record, kept.detail]) expect(new TextDecoder().decode(new TextEncoder().encode(text))).toBe(text);
    }),
  );
});

it("two records that are no JSON stay two if anything is known to be different of them", () => {
  const cycle = (): unknown => {
    const record: Record<string, unknown> = {};
    record["self"] = record;
    return record;
  };
  const keys = [of(cycle(), { at: 1 as Instant }), of(cycle(), { at: 2 as Instant }), of(undefined), of(() => 1), of(1n)].map(
    (each) => toSetAsideRecord(source, each, digest, 1 as Instant).key,
  );
  expect(new Set(keys).size).toBe(keys.length);
});

it("a record that refuses to be written as JSON is kept all the same", () => {
  const throws = {
    toJSON: () => {
      throw new Error("no");
    },
  };
  expect(toSetAsideRecord(source, of(throws), digest, 1 as Instant).record).toContain("not_json");
});
