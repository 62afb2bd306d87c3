import { join } from "node:path";
import { bytesPerReading } from "./figures/bytes-per-reading.ts";
import { columnsAgainstObjects } from "./figures/columns-against-objects.ts";
import { confirmWindow } from "./figures/confirm-window.ts";
import { dayItem } from "./figures/day-item.ts";
import { dynamoDbAgainstTextbook } from "./figures/dynamodb-against-textbook.ts";
import { killLoop } from "./figures/kill-loop.ts";
import { latestOverHttp } from "./figures/latest-over-http.ts";
import { pageToDurable } from "./figures/page-to-durable.ts";
import { rangeInProcess } from "./figures/range-in-process.ts";
import { tenThousandUsers } from "./figures/ten-thousand-users.ts";
import { windowsAgainstUpserts } from "./figures/windows-against-upserts.ts";
import type { Figure } from "./harness/figure.ts";
import { parseOptions } from "./harness/options.ts";
import { writeResults } from "./harness/results-file.ts";
import { failuresOf, resultsFileOf, runFigures } from "./harness/run-figures.ts";
import { tableOf } from "./harness/table.ts";

const FIGURES: readonly Figure[] = [
  pageToDurable,
  windowsAgainstUpserts,
  bytesPerReading,
  dayItem,
  rangeInProcess,
  columnsAgainstObjects,
  latestOverHttp,
  confirmWindow,
  tenThousandUsers,
  dynamoDbAgainstTextbook,
  killLoop,
];
const RESULTS = join(import.meta.dirname, "../results");

const options = parseOptions(
  process.argv.slice(2),
  FIGURES.map(({ name }) => name),
);
if (typeof options === "string") {
  console.error(options);
  process.exit(2);
}

const startedAt = new Date();
const run = await runFigures(FIGURES, options, console.error);
writeResults(join(RESULTS, resultsFileOf(options)), startedAt, options, run);
console.log(tableOf(run.findings));
const failures = failuresOf(run, options);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;
