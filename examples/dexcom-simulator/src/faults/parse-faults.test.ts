import { expect, it } from "vitest";
import { EVERYDAY_FAULTS, FAULTS } from "./fault.ts";
import { parseFaults } from "./parse-faults.ts";

it.each([
  ["", {}],
  ["none", {}],
  ["hangs", { hangs: 0.05 }],
  [" hangs , revisions:0.5 ", { hangs: 0.05, revisions: 0.5 }],
  ["everyday", EVERYDAY_FAULTS],
  ["everyday,revisions:1", { ...EVERYDAY_FAULTS, revisions: 1 }],
])("reads %j", (text, shares) => {
  expect(parseFaults(text)._unsafeUnwrap()).toEqual(shares);
});

it("knows a name for all of them", () => {
  expect(Object.keys(parseFaults("all")._unsafeUnwrap()).sort()).toEqual(Object.keys(FAULTS).sort());
});

it.each(["hang", "hangs:0", "hangs:1.1", "hangs:often", "hangs:0.5:0.5", "__proto__", "toString"])(
  "refuses %j and says what it would take",
  (text) => {
    expect(parseFaults(text)._unsafeUnwrapErr()).toMatch(/There are none, everyday, all, gaps|as in hangs:0\.5/);
  },
);
