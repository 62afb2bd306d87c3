import { createManualTime } from "@bg-ingest/core/testing";
import { describe, expect, it } from "vitest";
import { FAULTS, provider } from "../index.ts";

const DEFAULTS = {
  seed: "1",
  faults: {},
  cadenceSeconds: 300,
  unit: "mg/dL",
  publicationDelaySeconds: 0,
  historyDays: 14,
  pages: 1,
  shuffle: false,
  redirectUri: "http://localhost:5001/api/oauth/mock/callback",
};

describe("the settings", () => {
  it("need not be given at all", () => {
    expect(provider.configSchema.parse({})).toEqual(DEFAULTS);
  });

  it("may be texts, as in an environment", () => {
    const texts = {
      seed: "7",
      faults: " gaps, revisions:0.5,,hangs ",
      cadenceSeconds: "60",
      unit: "mmol/L",
      publicationDelaySeconds: "3600",
      historyDays: "90",
      pages: "2",
      shuffle: "true",
    };
    expect(provider.configSchema.parse(texts)).toEqual({
      ...DEFAULTS,
      seed: "7",
      faults: { gaps: FAULTS.gaps.share, revisions: 0.5, hangs: FAULTS.hangs.share },
      cadenceSeconds: 60,
      unit: "mmol/L",
      publicationDelaySeconds: 3600,
      historyDays: 90,
      pages: 2,
      shuffle: true,
    });
  });

  it.each([
    [{ faults: "gapz" }, "gaps, late_arrival"],
    [{ faults: "toString" }, "there is no fault"],
    [{ faults: "gaps:2" }, "gaps:0.5"],
    [{ faults: "gaps:0" }, "gaps:0.5"],
    [{ faults: "gaps:0.5:1" }, "gaps:0.5"],
    [{ cadenceSeconds: "5" }, "60"],
    [{ cadenceSeconds: "often" }, "number"],
    [{ unit: "mg" }, "mmol/L"],
    [{ historyDays: "0" }, "1"],
    [{ shuffle: "perhaps" }, ""],
    [{ redirectUri: "localhost" }, "URL"],
    [{ colour: "red" }, "colour"],
  ])("%j are refused", (settings, words) => {
    const issues = provider.configSchema.safeParse(settings).error?.issues ?? [];
    expect(issues.length).toBeGreaterThan(0);
    expect(issues.map(({ message }) => message).join()).toContain(words);
  });
});

describe("the traits", () => {
  it("look back at least twice as far as they are due", () => {
    for (const { everySeconds, lookBackSeconds } of provider.traits.rePull)
      expect(lookBackSeconds).toBeGreaterThanOrEqual(2 * everySeconds);
  });
});

it("says at the start which faults were asked for", () => {
  const warned: unknown[] = [];
  const logger = { debug: () => {}, info: () => {}, warn: (fields: unknown) => void warned.push(fields), error: () => {} };
  const config = provider.configSchema.parse({ faults: "gaps" });
  expect(provider.create(config, { fetch, clock: createManualTime(), logger }).isOk()).toBe(true);
  expect(provider.create({ ...config, faults: {} }, { fetch, clock: createManualTime(), logger }).isOk()).toBe(true);
  expect(warned).toEqual([{ faults: ["gaps"] }]);
});
