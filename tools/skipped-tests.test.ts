import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const root = join(import.meta.dirname, "..");
const program = join(root, ".ci/skipped-tests.mjs");

/** File and name of each. */
const ofARealTrace = [
  [
    "packages/http-host/test/real-trace.test.ts",
    "a thousand real readings come back over HTTP as they were recorded, after a restart and replayed again too",
  ],
  ["packages/provider-mock/test/replay.test.ts", "a real trace comes back equal to its file from shuffled, overlapping pages"],
] as const;

interface Test {
  readonly file: string;
  readonly status: string;
  readonly fullName: string;
}

const passed: Test = { file: "packages/core/src/a.test.ts", status: "passed", fullName: "it works" };
const skippedTrace = ofARealTrace.map(([file, fullName]): Test => ({ file, fullName, status: "skipped" }));

function judge(tests: readonly Test[] | null, isTraceThere: boolean) {
  const dir = mkdtempSync(join(tmpdir(), "bg-skipped-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const [report, trace] = [join(dir, "report.json"), join(dir, "trace.json")];
  const testResults = tests?.map(({ file, ...result }) => ({ name: join(root, file), assertionResults: [result] }));
  writeFileSync(report, tests === null ? "" : JSON.stringify({ testResults }));
  if (isTraceThere) writeFileSync(trace, "[]");
  const { status, stdout } = spawnSync(process.execPath, [program, report], {
    encoding: "utf8",
    env: { ...process.env, REAL_TRACE_FILE: trace },
  });
  return { status, said: stdout };
}

describe("a run of all tests", () => {
  it("passes where none was skipped", () => {
    expect(judge([passed], true)).toEqual({ status: 0, said: "0 skipped, 0 expected\n" });
  });

  it.each(["skipped", "pending", "todo"])("fails where one was %s, and names it", (status) => {
    for (const isTraceThere of [true, false]) {
      const { status: code, said } = judge([passed, ...(isTraceThere ? [] : skippedTrace), { ...passed, status }], isTraceThere);
      expect(code).toBe(1);
      expect(said).toContain("skipped, and must not be: packages/core/src/a.test.ts: it works");
    }
  });

  it("passes without the tests of a real trace where there is none, and says so aloud", () => {
    const { status, said } = judge([passed, ...skippedTrace], false);
    expect(status).toBe(0);
    expect(said).toMatch(/\*\*\* LEFT OUT: 2 tests of a real trace\..+REAL_TRACE_FILE names another\. \*\*\*\n2 skipped, 2 expected/);
  });

  it("fails without the tests of a real trace where there is one, or where they cannot be found by name any more", () => {
    expect(judge([passed, ...skippedTrace], true).status).toBe(1);
    expect(judge([passed], false).status).toBe(1);
  });

  it("fails where nothing is known to have run", () => {
    for (const tests of [null, []]) expect(judge(tests, true)).toMatchObject({ status: 1 });
  });

  it.each(ofARealTrace)("%s is where a real trace is left out", (file, name) => {
    const text = readFileSync(join(root, file), "utf8");
    expect(text).toContain(name.replace(/^a real trace /, ""));
    expect(text).toContain("skipIf");
  });
});
