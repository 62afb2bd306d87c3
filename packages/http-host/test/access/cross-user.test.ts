import { describe, expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";
import { FAULTS } from "./planted-faults.ts";

const REQUESTS = Number(process.env["BG_INGEST_ACCESS_REQUESTS"] ?? 10_000);
const SEED = Number(process.env["BG_INGEST_ACCESS_SEED"] ?? 1);

it(`of ${REQUESTS} requests with any credentials, by any method, to any path, none shows or changes what is somebody else's`, {
  timeout: 600_000,
}, async () => {
  const { asked, documented, ...seen } = await fuzz({ requests: REQUESTS, seed: SEED });
  // A run in which hardly anything was granted, refused, shown, changed or compared would prove little.
  const oneIn = { granted: 100, refused: 10, shown: 100, changed: 200, compared: 100 };
  for (const what of ["granted", "refused", "shown", "changed", "compared"] as const)
    expect(seen[what], `${what}: ${JSON.stringify(seen)}`).toBeGreaterThan(REQUESTS / oneIn[what]);
  if (REQUESTS >= 10_000) expect(documented.filter((each) => !asked.has(each))).toEqual([]);
});

describe("the same requests find a service that", () => {
  it.each(Object.entries(FAULTS))("%s", { timeout: 600_000 }, async (_, { found, replace }) => {
    const run = fuzz({ requests: REQUESTS, seed: SEED, replace, ...(found === "data" ? { isDataAlone: true } : {}) });
    await expect(run).rejects.toThrow(found === "data" ? /^seed .* → \d+ (shows|changes|spends) / : /^seed .* → \d+/);
  });
});
