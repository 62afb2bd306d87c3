import fc from "fast-check";
import { expect, it } from "vitest";
import { leaksIn, spellingsOf } from "./leaks.ts";

const secret = fc.string({ minLength: 12, maxLength: 64, unit: "grapheme-ascii" });
const around = fc.string({ maxLength: 40 });
const value = fc.constantFrom("373", "20.7");

it("finds a secret in whatever way it is written, whatever stands around it", () => {
  fc.assert(
    fc.property(secret, around, around, fc.nat(), (planted, before, after, way) => {
      const spellings = spellingsOf(planted);
      const line = `${before}${spellings[way % spellings.length]}${after}`;
      expect(leaksIn(["another line", line], { secrets: [planted] })).not.toEqual([]);
    }),
  );
});

it("finds it inside the base64 of a longer text", () => {
  fc.assert(
    fc.property(secret, around, around, fc.constantFrom("base64" as const, "base64url" as const), (planted, before, after, encoding) => {
      const line = `{"msg":"${Buffer.from(before + planted + after).toString(encoding)}"}`;
      expect(leaksIn([line], { secrets: [planted] })).not.toEqual([]);
    }),
  );
});

it("finds it cut short, at either end", () => {
  fc.assert(
    fc.property(secret, fc.nat(52), fc.boolean(), (planted, more, isHead) => {
      const piece = isHead ? planted.slice(0, 12 + more) : planted.slice(-(12 + more));
      expect(leaksIn([`It said ${piece}.`], { secrets: [planted] })).not.toEqual([]);
    }),
  );
});

it.each([
  (number: string) => `{"level":"info","time":"2026-01-01T00:00:00.373Z","ms":373,"msg":"It said ${number}."}`,
  (number: string) => `{"count":${number},"ms":1}`,
  (number: string) => `glucose=${number}`,
  (number: string) => `[${number},${number}]`,
  (number: string) => `{"msg":"${Buffer.from(`{"value":${number},"trend":"flat"}`).toString("base64")}"}`,
  (number: string) => encodeURIComponent(`{"value":${number},"trend":"flat"}`),
])("finds a glucose value, alone and as it stands in a page (%#)", (plant) => {
  fc.assert(
    fc.property(value, (planted) => {
      expect(leaksIn([plant(planted)], { secrets: [], values: [planted] })).not.toEqual([]);
    }),
  );
});

it("finds nothing in numbers, times and ids that only look like one", () => {
  const lines = [
    `{"time":"2026-01-01T00:03:73.373Z","ms":373,"wait_ms":373.5,"count":3731,"msg":"x"}`,
    `{"source":"k373-x_373","address":"127.0.0.1:37373","to":"2026-01-01T00:00:00Z"}`,
    "20.75 and 120.7",
  ];
  expect(leaksIn(lines, { secrets: ["a secret of its own"], values: ["373", "20.7"] })).toEqual([]);
});

it("does not pretend to find what is too short to be told from chance", () => {
  expect(() => leaksIn([], { secrets: ["short"] })).toThrow("too short");
});
