import fc from "fast-check";
import { expect, it } from "vitest";
import { bugOf, placesOf } from "./bug-of.ts";

it("a bug is told by the name of the error and the places it came through", () => {
  const { error, stack } = bugOf(new TypeError("glucose 123 of anna is odd"));
  expect(error).toBe("TypeError");
  expect(stack[0]).toMatch(/^\s+at .*bug-of\.test\.ts:\d+:\d+\)?$/);
  expect(stack.join()).not.toMatch(/123|anna/);
});

it("no line of a message is told, even one that looks like a place", () => {
  const line = fc.oneof(fc.string(), fc.constant("    at canary (reading.ts:5:6)"), fc.constant("at 5.6 mmol/L"), fc.constant("Error"));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const places = placesOf(new RangeError(lines.join("\n")));
      expect(places.length).toBeGreaterThan(0);
      for (const place of places) expect(place).not.toMatch(/canary|mmol/);
    }),
  );
});

it("an error without a stack, and what is no error, have no places", () => {
  const bare = new Error("canary");
  delete bare.stack;
  expect(bugOf(bare)).toEqual({ error: "Error", stack: [] });
  for (const thrown of ["canary", 7, undefined, { stack: "    at canary (x.ts:1:1)" }]) {
    expect(bugOf(thrown)).toEqual({ error: typeof thrown, stack: [] });
  }
});

it("what is no error but by name is told of as far as it can be read", () => {
  const odd = Object.defineProperties(new Error("canary"), { message: { value: { code: 5 } }, name: { value: 7 } });
  expect(bugOf(odd).error).toBe("");
  expect(bugOf(Object.assign(new Error("canary"), { stack: ["canary"] })).stack).toEqual([]);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(bugOf(proxy)).toEqual({ error: "object", stack: [] });
});
