import { describe, expect, it } from "vitest";
import { parseTrace, parseTraceText } from "./trace.ts";

const entry = { date: 1_775_421_029_000, sgv: 162, direction: "Flat", utcOffset: 0, type: "sgv" };
const only = (changes: object) => parseTrace([{ ...entry, ...changes }])._unsafeUnwrap().entries[0];

describe("an entry", () => {
  it("is read as recorded", () => {
    expect(only({ device: "xDrip" })).toEqual({ at: 1_775_421_029, mgdl: 162, direction: "Flat", utcOffsetMinutes: 0, device: "xDrip" });
  });

  it.each([
    ["a numeric string", { sgv: "162" }, { mgdl: 162 }],
    ["a bare 39", { sgv: 39 }, { mgdl: 39 }],
    ["a real 32", { sgv: 32 }, { mgdl: 32 }],
    ["a 13", { sgv: 13 }, { mgdl: 13 }],
    ["an error code", { sgv: 12 }, { mgdl: null }],
    ["an error code as a string", { sgv: "5" }, { mgdl: null }],
    ["no direction", { direction: undefined }, { direction: null }],
    ["no offset", { utcOffset: null }, { utcOffsetMinutes: null }],
    ["a fraction of a second", { date: 1_775_421_029_999 }, { at: 1_775_421_029 }],
    ["only a text for its time", { date: undefined, dateString: "2026-04-05T20:30:29.000Z" }, { at: 1_775_421_029 }],
    ["no type", { type: undefined }, { mgdl: 162 }],
  ])("with %s is read", (_, changes, expected) => {
    expect(only(changes)).toMatchObject(expected);
  });
});

describe("a trace", () => {
  it("is put in order, and rid of entries that are no readings", () => {
    const trace = parseTrace([
      entry,
      { type: "mbg", date: 5, mbg: 100 },
      { ...entry, date: entry.date - 300_000, sgv: 150 },
    ])._unsafeUnwrap();
    expect(trace.entries.map(({ mgdl }) => mgdl)).toEqual([150, 162]);
  });

  it.each([
    ["not JSON", "<html>", "not JSON"],
    ["no array", "{}", "not an array"],
    ["empty", "[]", "no entry of type sgv"],
    ["without readings", '[{"type":"cal","date":5}]', "no entry of type sgv"],
    ["with an entry that has no value", JSON.stringify([entry, { ...entry, sgv: null }]), "entry 1"],
    ["with an entry that has words for a value", JSON.stringify([entry, entry, { ...entry, sgv: "high" }]), "entry 2"],
    ["with an entry that has no time", JSON.stringify([{ ...entry, date: null }]), "entry 0"],
    ["with a time without zone", JSON.stringify([{ sgv: 100, dateString: "2026-04-05T20:30:29" }]), "entry 0"],
    ["with an entry that is none", JSON.stringify([entry, 5]), "entry 1"],
  ])("that is %s is refused, and says why", (_, text, words) => {
    expect(parseTraceText(text)._unsafeUnwrapErr()).toMatchObject({ kind: "trace_refused", message: expect.stringContaining(words) });
  });
});
