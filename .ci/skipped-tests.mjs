// Tells how many tests were skipped, and fails where one was that need not be: `node .ci/skipped-tests.mjs <report of vitest>`.
// On whatever Node a bare machine has.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Real readings, which the project does not distribute. Where they are not beside the checkout, these tests have nothing to stand on. */
const TRACE = process.env["REAL_TRACE_FILE"] ?? join(root, "../shared/data/entries-trio.json");
const OF_A_REAL_TRACE = [
  "packages/http-host/test/real-trace.test.ts: a thousand real readings come back over HTTP as they were recorded, after a restart and replayed again too",
  "packages/provider-mock/test/replay.test.ts: a real trace comes back equal to its file from shuffled, overlapping pages",
];

const { testResults = [] } = JSON.parse(readFileSync(process.argv[2], "utf8") || "{}");
const tests = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ status, fullName }) => ({ status, title: `${relative(root, name)}: ${fullName}` })),
);
const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed").map(({ title }) => title);
const expected = existsSync(TRACE) ? [] : OF_A_REAL_TRACE;
const leftOut = skipped.filter((title) => expected.includes(title));
const unexpected = skipped.filter((title) => !expected.includes(title));
const advice = `${TRACE} is not there; REAL_TRACE_FILE names another.`;

if (tests.length === 0) console.log("The report names no test: nothing is known to have run. Look at the step before.");
if (leftOut.length > 0) console.log(`*** LEFT OUT: ${leftOut.length} tests of a real trace. ${advice} ***`);
for (const title of unexpected) console.log(`skipped, and must not be: ${title}`);
console.log(`${skipped.length} skipped, ${expected.length} expected`);
process.exitCode = tests.length > 0 && unexpected.length === 0 && leftOut.length === expected.length ? 0 : 1;
