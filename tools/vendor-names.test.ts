import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
/** Who makes glucose sensors, runs clouds for them, and what these are called. */
const VENDORS =
  /dexcom|abbott|freestyle|libre|medtronic|guardian|carelink|senseonics|eversense|nightscout|tidepool|glooko|xdrip|medtrum|sinocare|\bg[4567]\b|\blingo\b|\bstelo\b|\bdiasend\b/i;
/** The application itself: it says which packages come with it. */
const APPLICATION = "packages/http-host/src/main.ts";

const files = globSync("packages/{core,http-host}/{src,test,assets}/**/*.{ts,json,js,css,html}", { cwd: root });

function vendorsIn(text: string): readonly string[] {
  return text.split("\n").filter((line) => VENDORS.test(line));
}

describe("a provider is added without touching the core or the host:", () => {
  it("all of their files are read", () => {
    expect(files).toContain(APPLICATION);
    expect(files.length).toBeGreaterThan(500);
    expect(vendorsIn(readFileSync(join(root, APPLICATION), "utf8"))).not.toEqual([]);
  });

  it("no vendor is named in them, but for the one file that is the application", () => {
    const named = files
      .filter((path) => path !== APPLICATION)
      .flatMap((path) => vendorsIn(readFileSync(join(root, path), "utf8")).map((line) => `${path}: ${line.trim()}`));
    expect(named).toEqual([]);
  });
});
