import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { logOf, readingsOf } from "../../../test/arbitrary-days.ts";
import { goldenDays } from "../../../test/golden-days.ts";
import type { Day } from "../../reading/instant.ts";
import type { Reading } from "../../reading/reading.ts";
import type { DayLog, LoggedCommit } from "../day-log.ts";
import { DAY_CODEC_VERSION, decodeDay, encodeDay } from "./day-codec.ts";

/**
 * Days as they were once stored, with what they say. They keep every form readable for ever: a file here is never changed or removed.
 * After a new form, `WRITE_GOLDEN_DAYS=1` writes the files that are missing, and no others.
 */
const folder = new URL("./golden/", import.meta.url);

interface GoldenDay {
  readonly form: number;
  readonly day: Day;
  readonly published: number;
  readonly commits: readonly LoggedCommit[];
  readonly readings: readonly Reading[];
  /** Base64. */
  readonly bytes: string;
}

const prefixOf = (form: number): string => `form-${form}-`;
const nameOf = (form: number, name: string): string => `${prefixOf(form)}${name}.json`;

if (process.env["WRITE_GOLDEN_DAYS"] === "1") {
  mkdirSync(folder, { recursive: true });
  for (const [name, make] of Object.entries(goldenDays)) {
    const file = new URL(nameOf(DAY_CODEC_VERSION, name), folder);
    if (!existsSync(file)) writeFileSync(file, textOf(make()), { flag: "wx" });
  }
}

const files = existsSync(folder) ? readdirSync(folder) : [];

describe("days stored by this form and by all before it", () => {
  it("are at hand: every golden day in every form", () => {
    const forms = Array.from({ length: DAY_CODEC_VERSION }, (_, index) => index + 1);
    const expected = forms.flatMap((form) => Object.keys(goldenDays).map((name) => nameOf(form, name)));
    expect(files).toEqual(expect.arrayContaining(expected));
  });

  it.each(files)("say what they said when they were written: %s", (file) => {
    const golden = goldenOf(file);
    const log = decodeDay(bytesOf(golden), golden.day)._unsafeUnwrap();
    expect({ published: log.published, commits: log.commits, readings: readingsOf(log) }).toEqual({
      published: golden.published,
      commits: golden.commits,
      readings: golden.readings,
    });
  });

  it.each(files.filter((file) => file.startsWith(prefixOf(DAY_CODEC_VERSION))))("are still written with the same bytes: %s", (file) => {
    const golden = goldenOf(file);
    const log = logOf(golden.day, golden.readings, golden.commits, golden.published);
    expect(Buffer.from(encodeDay(log)).toString("base64")).toBe(golden.bytes);
  });
});

function goldenOf(file: string): GoldenDay {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8")) as GoldenDay;
}

function bytesOf({ bytes }: GoldenDay): Uint8Array {
  return Uint8Array.from(Buffer.from(bytes, "base64"));
}

/** One reading to a line, so that a person can look at it. */
function textOf(log: DayLog): string {
  const lines = (items: readonly unknown[]): string => `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
  const head = `{\n  "form": ${DAY_CODEC_VERSION},\n  "day": ${log.day},\n  "published": ${log.published},\n`;
  const bytes = Buffer.from(encodeDay(log)).toString("base64");
  return `${head}  "commits": ${lines(log.commits)},\n  "readings": ${lines(readingsOf(log))},\n  "bytes": "${bytes}"\n}\n`;
}
