import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as testing from "./index.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const suites = Object.keys(testing).filter((name) => name.endsWith("Contract"));

describe("the README", () => {
  it("tells of every suite, and of no other", () => {
    const told = [...new Set([...readme.matchAll(/`(\w+Contract)`/g)].map(([, name]) => name))];
    expect(told.toSorted()).toEqual(suites.toSorted());
  });

  it("names the adapter in memory that keeps each of them", () => {
    const told = [...readme.matchAll(/`(createMemory\w+)` \|/g)].map(([, name]) => name as string);
    expect(told).toHaveLength(suites.length - 1);
    for (const name of told) expect(testing).toHaveProperty(name);
  });
});
