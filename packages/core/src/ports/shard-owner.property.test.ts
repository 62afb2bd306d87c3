import fc from "fast-check";
import { expect, it } from "vitest";
import { SHARD_COUNT } from "./connection-store.ts";
import { ownerOf, shardsOf } from "./shard-owner.ts";

const replica = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 40 }));
const replicas = fc.uniqueArray(replica, { minLength: 1, maxLength: 12 });
const all = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);

it("every shard has exactly one owner among those who are there, whatever their order", () => {
  fc.assert(
    fc.property(
      replicas.chain((there) => fc.tuple(fc.constant(there), fc.shuffledSubarray(there, { minLength: there.length }))),
      ([there, shuffled]) => {
        const shares = there.map((each) => shardsOf(each, shuffled));
        expect(shares.flatMap((share) => [...share]).sort((a, b) => a - b)).toEqual(all);
        for (const shard of all) expect(there).toContain(ownerOf(shard, there));
      },
    ),
  );
});

it("whoever comes takes shards only for itself, and whoever goes gives away only its own", () => {
  fc.assert(
    fc.property(replicas, replica, (others, one) => {
      const without = others.filter((each) => each !== one);
      const withOne = [...without, one];
      for (const shard of all) {
        const [before, after] = [ownerOf(shard, without), ownerOf(shard, withOne)];
        if (after !== one) expect(after).toBe(before);
      }
    }),
  );
});

it("nobody owns anything where nobody is", () => {
  expect(ownerOf(0, [])).toBeNull();
});

it("with names as they are given, nobody has much more than a fair share", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 8 }), (there) => {
      const fair = SHARD_COUNT / there.length;
      // A share is binomial: eight standard deviations are never met by a hash that is even.
      const most = fair + 8 * Math.sqrt(fair * (1 - 1 / there.length));
      for (const each of there) expect(shardsOf(each, there).size).toBeLessThanOrEqual(most);
    }),
    { numRuns: 300 },
  );
});

it("is the same on every machine and in every version", () => {
  const names = ["8c6b1c9e-1f0a-4b7e-9a51-0d7c54a3f001", "8c6b1c9e-1f0a-4b7e-9a51-0d7c54a3f002", "replica-3"];
  expect(
    all
      .slice(0, 32)
      .map((shard) => names.indexOf(ownerOf(shard, names) ?? ""))
      .join(""),
  ).toBe("00122210202112121202110221220210");
});
