import { describe, expect, it } from "vitest";
import { served } from "../../../test/served.ts";
import { createHostCheck, isFromAnotherOrigin } from "./host-check.ts";

describe("the hosts that the service answers to", () => {
  it("are those of loopback while it listens there, with any port", () => {
    for (const listensOn of ["127.0.0.1", "::1", "localhost", "127.0.0.53"]) {
      const answersTo = createHostCheck(listensOn, [], false);
      for (const host of ["localhost", "localhost:5001", "LocalHost:1", "127.0.0.1:5001", "[::1]:5001", "[::1]"])
        expect(answersTo(host)).toBe(true);
      const strange = [
        "evil.example",
        "localhost.evil.example:5001",
        "evil.example:5001",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "",
        ":5001",
        undefined,
      ];
      for (const host of strange) expect([host, answersTo(host)]).toEqual([host, false]);
    }
    expect(createHostCheck("127.0.0.53", [], false)("127.0.0.53:5001")).toBe(true);
  });

  it("are the names given as well, and elsewhere than on loopback only those", () => {
    expect(createHostCheck("127.0.0.1", ["bg.test"], false)("bg.test:443")).toBe(true);
    expect(createHostCheck("10.0.0.1", [], false)("anything.example")).toBe(true);
    const given = createHostCheck("10.0.0.1", ["bg.test"], false);
    expect([given("bg.test"), given("10.0.0.1"), given("localhost"), given("evil.example")]).toEqual([true, true, false, false]);
  });

  it("are checked before anything else, and again after one that was right", async () => {
    const { get, connect } = served();
    await connect("anna");
    for (const url of ["/api/bg/anna/latest", "/api/connections/anna", "/openapi.json", "/docs/", "/metrics"]) {
      expect((await get(url, { host: "localhost" })).statusCode).not.toBe(421);
      const answer = await get(url, { host: "evil.example" });
      expect([answer.statusCode, answer.json().type]).toEqual([421, "/problems/host_refused"]);
    }
  });

  it("are that of the public URL as well, beside those of loopback", async () => {
    const { get } = served({ options: { publicUrl: "https://bg.example.org:8443" } });
    const statusFor = async (host: string) => (await get("/connect", { host })).statusCode;
    for (const host of ["bg.example.org", "BG.example.org:8443", "localhost:5001"])
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    for (const host of ["example.org", "evil.example", "bg.example.org.evil.example"])
      expect([host, await statusFor(host)]).toEqual([host, 421]);
    expect((await get("/connect", { host: "evil.example" })).json().what_to_do).toContain("https://bg.example.org:8443.");
  });

  it("are those of loopback wherever it listens, where callers say who they are", () => {
    const answersTo = createHostCheck("0.0.0.0", ["bg.test"], true);
    for (const host of ["bg.test", "localhost:5001", "127.0.0.1:5001", "[::1]:5001"]) expect([host, answersTo(host)]).toEqual([host, true]);
    for (const host of ["evil.example", "10.0.3.7:5001", "127.0.0.1.evil.example"]) expect([host, answersTo(host)]).toEqual([host, false]);
  });

  it("do not matter to probes, nor to metrics with their token: an engine asks a replica by whatever name it has", async () => {
    const production = { host: "0.0.0.0", publicUrl: "https://bg.example.org", metricsToken: "scrape-me-if-you-can" };
    const { get } = served({ isAsked: true, options: production });
    const authorization = `Bearer ${production.metricsToken}`;
    for (const host of ["127.0.0.1:5001", "10.0.3.7:5001", "bg-ingest-1:5001", "[fd00::7]:5001", "bg.example.org"]) {
      for (const url of ["/healthz", "/readyz", "/metrics"])
        expect([host, url, (await get(url, { host, authorization })).statusCode]).toEqual([host, url, 200]);
      expect([host, (await get("/metrics", { host })).statusCode]).toEqual([host, 401]);
    }
    for (const url of ["/connect", "/healthz/", "/healthz?x", "/api/bg/anna/latest"])
      expect([url, (await get(url, { host: "10.0.3.7:5001" })).statusCode]).toEqual([url, 421]);
    const withoutToken = served({ isAsked: true, options: { ...production, metricsToken: null } });
    expect((await withoutToken.get("/metrics", { host: "10.0.3.7:5001" })).statusCode).toBe(421);
  });

  it("are told to whoever names another, with the port that is really listened on", async () => {
    const { app, get } = served({ options: { port: 0 } });
    const address = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
    const { what_to_do } = (await get("/connect", { host: "evil.example" })).json();
    await app.close();
    expect(what_to_do).toContain(`http://localhost:${address.port}.`);
  });
});

describe("a page of another origin", () => {
  it("is told by what its browser says", () => {
    const host = "localhost:5001";
    expect(isFromAnotherOrigin({ host })).toBe(false);
    expect(isFromAnotherOrigin({ host, origin: "http://localhost:5001", "sec-fetch-site": "same-origin" })).toBe(false);
    for (const origin of ["http://localhost:5002", "http://evil.example", "null", "", "file://"]) {
      expect([origin, isFromAnotherOrigin({ host, origin })]).toEqual([origin, true]);
    }
    expect(isFromAnotherOrigin({ host, "sec-fetch-site": "cross-site" })).toBe(true);
  });
});
