import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settingName } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { REGION_NAMES } from "../src/api/regions.ts";
import { provider } from "../src/index.ts";
import { traitsOf } from "../src/traits.ts";
import { connectDexcom } from "./dexcom-setup.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

describe("the README", () => {
  it("lists every setting, and no other", () => {
    const listed = [...readme.matchAll(/^\| `(DEXCOM_\w+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(
      Object.keys(provider.configSchema.shape)
        .map((key) => settingName(`dexcom_${key}`))
        .sort(),
    );
  });

  it("lists every region with its address and delay", () => {
    const listed = [...readme.matchAll(/^\| `(\w+)`[^|]*\| `(https:[^`]+)` \| (\d) hours?/gm)].map(([, region, address, hours]) => [
      region,
      address,
      Number(hours) * 3600,
    ]);
    expect(listed).toEqual(
      REGION_NAMES.map((region) => [
        region,
        provider.configSchema.shape.apiBaseUrl.parse(region).baseUrl,
        traitsOf(region).publicationDelaySeconds,
      ]),
    );
  });

  it("names the rungs on which late data are found", () => {
    const days = provider.traits.rePull.map(({ lookBackSeconds }) => lookBackSeconds / 86_400);
    expect(readme).toContain(`${days[0]} days are asked again hourly, ${days[1]} daily, ${days[2]} weekly, ${days[3]} every four weeks`);
  });

  it("shows bodies of deliveries that are taken", () => {
    const { dexcom } = connectDexcom();
    const bodies = [...readme.matchAll(/```json\n(.*?)\n```/gs)].map(([, body]) => new TextEncoder().encode(body));
    expect(bodies.map((body) => dexcom.webhook.read(body)._unsafeUnwrap())).toMatchObject([
      { kind: "readings", page: { readings: [{ value: 101 }], rejected: [] } },
      { kind: "changed" },
    ]);
  });
});
