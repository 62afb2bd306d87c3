import { expect, it } from "vitest";
import { leaksIn } from "./leaks.ts";

const canaries = { secrets: new Set(["a secret of its own"]), values: ["373", "20.7"] };

it("nothing is found in numbers, times, places and random ids that only look like a reading", () => {
  const lines = [
    `{"time":"2026-01-01T00:03:73.373Z","ms":373,"wait_ms":373.5,"count":3731,"msg":"x"}`,
    `{"source":"ab373cdefghij","other":"373abcdefghij","last":"abcdefghij373","key":"k373-x_373"}`,
    `{"at":["work (file:///a/b.ts:373:12)","work (file:///a/b.ts:12:373)"],"address":"127.0.0.1:37373"}`,
    "20.75 and 120.7",
  ];
  expect(leaksIn(lines, canaries)).toEqual([]);
});

it.each(["It said 373.", `{"value":373}`, "[373,373]", "glucose=20.7", "20,7 mmol/L", "a secret of its own"])("%s is found", (line) => {
  expect(leaksIn([line], canaries)).toHaveLength(1);
});
