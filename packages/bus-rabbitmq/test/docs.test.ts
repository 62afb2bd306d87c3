import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bgEvent, connectionChanged, readingsRecorded, userErased } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eventTopologyOf } from "../src/event-topology.ts";
import { PARTITIONS, queueTopologyOf } from "../src/queue-topology.ts";
import { eventOf } from "./samples.ts";

const root = join(import.meta.dirname, "../../..");
const events = readFileSync(join(root, "docs/events.md"), "utf8");
const readme = readFileSync(join(root, "packages/bus-rabbitmq/README.md"), "utf8");

/** The schema as it is printed: without the patterns that say again what a format says, and without bounds that every number keeps. */
function printed(schema: z.ZodType): unknown {
  const json = z.toJSONSchema(schema, { io: "input" });
  return JSON.parse(
    JSON.stringify(json, (key, value) => {
      const isNoise = key === "$schema" || key === "pattern" || Math.abs(value) === Number.MAX_SAFE_INTEGER;
      return isNoise ? undefined : value;
    }),
  );
}

function blocksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? "");
}

describe("docs/events.md", () => {
  it.each([
    ["bg.readings.recorded.v1", readingsRecorded],
    ["bg.connection.changed.v1", connectionChanged],
    ["bg.user.erased.v1", userErased],
  ] as const)("shows the schema of %s as the code has it", (type, schema) => {
    const section = events.split(/^## /m).find((text) => text.startsWith(`\`${type}\``));
    expect(blocksOf(section ?? "").map((block) => JSON.parse(block))).toContainEqual(printed(schema));
  });

  it("speaks of every type, and of no other", () => {
    const types = bgEvent.options.map(({ shape }) => shape.type.value);
    expect([...events.matchAll(/^## `(bg\.\S+)`$/gm)].map(([, type]) => type)).toEqual(types);
  });

  it("shows an event that is one", () => {
    const [example] = blocksOf(events).map((block) => JSON.parse(block));
    expect(bgEvent.safeParse(example).error).toBeUndefined();
    expect(Object.keys(example).sort()).toEqual(Object.keys(eventOf("source", 1)).sort());
  });

  it("names the exchange and the log", () => {
    for (const name of Object.values(eventTopologyOf("bg"))) expect(events).toContain(`\`${name}\``);
  });
});

describe("the README of the package", () => {
  it("names everything that is declared at the broker", () => {
    const { partitions, setApart, later, eraser } = queueTopologyOf("bg", PARTITIONS);
    const ends = [partitions[0], partitions.at(-1)];
    for (const name of [...Object.values(eventTopologyOf("bg")), ...ends, setApart, later, eraser]) expect(readme).toContain(`\`${name}\``);
  });
});
