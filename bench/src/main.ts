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
import { type Finding, isMet } from "./harness/finding.ts";
import { parseOptions } from "./harness/options.ts";
import { writeResults } from "./harness/results-file.ts";
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
const RESULTS = join(import.meta.dirname, "../results/latest.json");

const options = parseOptions(
  process.argv.slice(2),
  FIGURES.map(({ name }) => name),
);
if (typeof options === "string") {
  console.error(options);
  process.exit(2);
}

const startedAt = new Date();
const findings: Finding[] = [];
for (const { name, measure } of FIGURES) {
  if (options.only.length > 0 && !options.only.includes(name)) continue;
  console.error(`${name} …`);
  for (const found of await measure(options.effort)) findings.push({ figure: name, ...found });
}
writeResults(RESULTS, startedAt, options, findings);
console.log(tableOf(findings));
process.exitCode = findings.every(isMet) ? 0 : 1;
