import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { parseWireTime, utcOffsetMinutes } from "../src/readings/wire-time.ts";
import { printTime } from "../stub/wearer.ts";

const seconds = fc.integer({ min: Date.UTC(2010, 0, 1) / 1_000, max: Date.UTC(2099, 11, 31) / 1_000 });

it("what was printed is read back to the second", () => {
  fc.assert(fc.property(seconds, (at) => assert.equal(parseWireTime(printTime(at)), at * 1_000)));
});

it("reads what another program prints of the same moment in English", () => {
  const format = new Intl.DateTimeFormat("en-US", { dateStyle: "short", timeStyle: "medium", timeZone: "UTC" });
  const print = (at: number) => format.format(at * 1_000).replace(/\/(\d\d),/, "/20$1,");
  fc.assert(fc.property(seconds, (at) => assert.equal(parseWireTime(print(at)), at * 1_000, print(at))));
});

it("tells both halves of the day apart, at noon and at midnight too", () => {
  const hours = {
    "12:00:00 AM": 0,
    "12:59:59 AM": 0,
    "1:00:00 AM": 1,
    "11:59:59 AM": 11,
    "12:00:00 PM": 12,
    "12:59:59 PM": 12,
    "11:59:59 PM": 23,
  };
  for (const [clock, hour] of Object.entries(hours)) {
    assert.equal(new Date(parseWireTime(`1/31/2026 ${clock}`) ?? Number.NaN).getUTCHours(), hour, clock);
  }
});

it("the month comes first", () => {
  assert.equal(parseWireTime("3/4/2026 5:06:07 PM"), Date.UTC(2026, 2, 4, 17, 6, 7));
});

it("is the same wherever the computer stands", (test) => {
  const before = process.env["TZ"];
  test.after(() => {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  });
  for (const zone of ["Asia/Kathmandu", "America/New_York", "Pacific/Apia"]) {
    process.env["TZ"] = zone;
    assert.equal(parseWireTime("3/8/2026 2:30:00 AM"), Date.UTC(2026, 2, 8, 2, 30, 0));
  }
});

it("refuses what is no moment, and every other form", () => {
  const wrong = ["2/29/2026 1:00:00 AM", "13/1/2026 1:00:00 AM", "0/1/2026 1:00:00 AM", "1/1/2026 0:10:00 AM", "1/1/2026 13:00:00 PM"];
  const forms = [
    "1/1/2026 13:00:00",
    "2026-01-01T13:00:00Z",
    "1/1/26 1:00:00 AM",
    "1/1/2026 1:00 AM",
    "1/1/2026 1:60:00 AM",
    "",
    "yesterday",
  ];
  for (const text of [...wrong, ...forms]) assert.equal(parseWireTime(text), null, text);
});

it("the offset is what the two clocks differ by, if it is one that there is", () => {
  fc.assert(
    fc.property(seconds, fc.integer({ min: -48, max: 56 }), fc.integer({ min: -60, max: 60 }), (at, quarters, drift) => {
      assert.equal(utcOffsetMinutes(at * 1_000, (at + quarters * 900 + drift) * 1_000), quarters * 15);
    }),
  );
  assert.equal(utcOffsetMinutes(0, 7 * 60_000), null);
  assert.equal(utcOffsetMinutes(0, 15 * 3_600_000), null);
});
