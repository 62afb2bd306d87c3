import { readFileSync } from "node:fs";
import type { SetAsideReason } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { adviceForPeople, PROBLEM_KINDS, type ProblemKind } from "./problem-kinds.ts";

const errorsPage = readFileSync(new URL("../../../../../docs/errors.md", import.meta.url), "utf8");

/** The cells of the table that begins with this heading. */
function tableOf(firstHeading: string): readonly (readonly string[])[] {
  const lines = errorsPage.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeading} |`)) + 2;
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith("|"));
  return lines.slice(start, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** A reason that is added does not compile here before it is listed. */
const REASONS: Readonly<Record<SetAsideReason, true>> = {
  unreadable_record: true,
  sensor_error: true,
  glucose_missing: true,
  glucose_out_of_range: true,
  time_unreadable: true,
  time_without_zone: true,
  in_the_future: true,
  same_instant: true,
  day_full: true,
  delivery_unreadable: true,
  delivery_of_another_account: true,
  delivery_before_reconnect: true,
};

describe("docs/errors.md", () => {
  it("lists every kind of problem with its status, its meaning and what to do, and no other", () => {
    const kinds = Object.entries(PROBLEM_KINDS).map(([kind, { status, title, meaning, whatToDo }]) => [
      `\`${kind}\``,
      String(status),
      title,
      meaning,
      whatToDo,
    ]);
    expect(tableOf("kind")).toEqual(kinds);
  });

  it("lists every reason for setting a record aside, and no other", () => {
    const rows = tableOf("reason");
    expect(rows.map(([reason]) => reason)).toEqual(Object.keys(REASONS).map((reason) => `\`${reason}\``));
    for (const [, meaning = "", whatToDo = ""] of rows) expect(Math.min(meaning.length, whatToDo.length)).toBeGreaterThan(20);
  });
});

/** Of calls that no page makes: data, deliveries, metrics. Of `short_of_calls` every answer tells the wait in words of its own. */
const NEVER_AT_A_PAGE: ReadonlySet<string> = new Set([
  "no_readings",
  "unknown_source",
  "invalid_range",
  "invalid_cursor",
  "short_of_calls",
  "several_connections",
  "metrics_token_wrong",
  "not_ready",
  "queue_away",
  "delivery_not_checked",
]);

describe("what somebody at a page is advised", () => {
  const shown = (Object.keys(PROBLEM_KINDS) as ProblemKind[]).filter((kind) => !NEVER_AT_A_PAGE.has(kind));

  it.each(shown)("for %s speaks of no request, field or header", (kind) => {
    expect(adviceForPeople(kind)).toMatch(/^[^|<>]+[.]$/);
    expect(adviceForPeople(kind)).not.toMatch(/`|\/api\/|\b(GET|POST|DELETE|JSON)\b|Authorization|openapi/);
  });
});

describe("the kinds of problems", () => {
  it("have the status of an error, and words for a person", () => {
    for (const [kind, { status, title, meaning, whatToDo }] of Object.entries(PROBLEM_KINDS)) {
      expect(kind).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).not.toMatch(/[.|]$/);
      for (const text of [meaning, whatToDo]) expect(text).toMatch(/^[^|]+[.]$/);
    }
  });
});
