import { expect, it } from "vitest";
import { mapFrameworkError } from "./map-framework-error.ts";

it("a bug is told by where it threw, and nothing of its message, whatever its lines look like", () => {
  const problem = mapFrameworkError(new RangeError("odd:\nat 5.6 mmol/L\n    at canary (reading.ts:5:6)"));
  expect(problem.kind).toBe("internal");
  const { reason } = problem as { readonly reason: string };
  expect(reason).toMatch(/^RangeError\n\s+at .*map-framework-error\.test\.ts:\d+:\d+/);
  expect(reason).not.toMatch(/mmol|canary|odd/);
});
