import assert from "node:assert/strict";
import { it } from "node:test";
import { provider } from "../src/index.ts";

const parse = (settings: Readonly<Record<string, string>>) => provider.configSchema.safeParse(settings);

it("needs no setting, and asks the vendor's own addresses", () => {
  const { data } = parse({});
  assert.partialDeepStrictEqual(data, { apiUrl: "https://api.libreview.io", regionUrl: "https://api-{region}.libreview.io" });
});

it("sends no password over the network unencrypted", () => {
  for (const url of [
    "http://api.example",
    "ftp://127.0.0.1",
    "https://me:pass@api.example",
    "https://api.example?x=1",
    "api.example",
    "",
  ]) {
    assert.equal(parse({ apiUrl: url }).success, false, url);
    assert.equal(parse({ regionUrl: `${url}/{region}` }).success, false, url);
  }
  assert.equal(parse({ regionUrl: "https://api.example" }).success, false, "without {region} everybody would be sent to one place");
  assert.equal(parse({ apiUrl: "http://127.0.0.1:4000/global/" }).data?.apiUrl, "http://127.0.0.1:4000/global");
});

it("refuses what is no version and no number of calls", () => {
  for (const appVersion of ["", "4", "newest", "4.16.0-beta", "4.16.0\n"]) assert.equal(parse({ appVersion }).success, false, appVersion);
  for (const callsPerHour of ["0", "3", "many", "10.5", "1e9"]) assert.equal(parse({ callsPerHour }).success, false, callsPerHour);
});

it("the calls allowed are those of the settings, of everybody together", () => {
  const config = provider.configSchema.parse({ callsPerHour: "60" });
  assert.partialDeepStrictEqual(provider.traitsFor?.(config), { rateLimit: { calls: 60, perSeconds: 3_600, scope: "application" } });
});
