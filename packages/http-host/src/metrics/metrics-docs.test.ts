import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS, type MetricDescription } from "./metric-catalogue.ts";

const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
const all: readonly MetricDescription[] = Object.values(METRICS);

function rowOf({ name, type, unit, labels, meaning, whatToDo }: MetricDescription): string {
  const shown = labels.length === 0 ? "–" : labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${name}\` | ${type} | ${unit} | ${shown} | ${meaning} | ${whatToDo} |`;
}

describe("docs/metrics.md", () => {
  it("lists every metric as the code describes it, and no other", () => {
    expect(page.split("\n").filter((line) => line.startsWith("| `"))).toEqual(all.map(rowOf));
  });

  it("asks in its expressions for metrics and labels that there are", () => {
    const expressions = page.split("\n").flatMap((line) => /^\| [a-z].* \| `(.*)`/.exec(line)?.[1] ?? []);
    expect(expressions.length).toBeGreaterThan(5);
    for (const [, name = "", selected] of expressions.join("\n").matchAll(/\b(bg_[a-z_]+)(?:\{([^}]*)\})?/g)) {
      const metric = all.find((each) => each.name === name.replace(/_(bucket|count|sum)$/, ""));
      expect([name, metric?.name]).not.toContain(undefined);
      for (const [, label] of (selected ?? "").matchAll(/(\w+)!?=~?"/g))
        expect([name, metric?.labels]).toEqual([name, expect.arrayContaining([label])]);
    }
  });
});

describe("the metrics", () => {
  it("are named as Prometheus wants it, by their unit", () => {
    for (const { name, type, unit } of all) {
      expect(name).toMatch(/^(bg|process|nodejs)_[a-z]+(_[a-z]+)*$/);
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      for (const base of ["seconds", "bytes"]) expect([name, name.includes(`_${base}`)]).toEqual([name, unit === base]);
    }
  });
});
